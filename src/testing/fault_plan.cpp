// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/fault_plan.hpp"

namespace asiofile::testing::detail {

namespace {

bool is_about(const fault& rule, const call& made) {
  if (rule.kind && *rule.kind != made.kind) return false;
  return rule.path.empty() || rule.path == made.path || rule.path == made.other_path;
}

}  // namespace

void fault_plan::clear() {
  rules_.clear();
  predicate_ = nullptr;
}

int fault_plan::error_for(const call& made, random& chance) {
  int error = 0;
  // Every rule counts every call that it applies to, even those that another rule makes fail.
  for (counted_fault& each : rules_) {
    if (!is_about(each.rule, made)) continue;
    const std::uint64_t number = ++each.seen;
    const bool is_over = each.rule.count != 0 && number >= each.rule.first + each.rule.count;
    if (number < each.rule.first || is_over || !chance.happens(each.rule.probability)) continue;
    if (error == 0) error = each.rule.error;
  }
  if (error == 0 && predicate_) error = predicate_(made).value();
  return error;
}

}  // namespace asiofile::testing::detail
