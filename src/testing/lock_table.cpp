// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/lock_table.hpp"

#include <fcntl.h>

#include <algorithm>

namespace asiofile::testing::detail {

namespace {

bool overlap(lock_table::range a, lock_table::range b) noexcept {
  return a.begin < b.end && b.begin < a.end;
}

}  // namespace

bool lock_table::set(const owner_ptr& owner, const file_node& file, int type, range part) {
  std::erase_if(held_, [](const held_lock& each) { return each.owner.expired(); });
  const bool is_exclusive = type == F_WRLCK;
  const auto excludes = [&](const held_lock& each) {
    return each.file == &file && each.owner_address != owner.get() && overlap(each.part, part) &&
           (each.is_exclusive || is_exclusive);
  };
  if (type != F_UNLCK && std::ranges::any_of(held_, excludes)) return false;
  std::vector<held_lock> changed = without(owner.get(), file, part);
  if (type != F_UNLCK) changed.push_back({owner, owner.get(), &file, part, is_exclusive});
  held_.swap(changed);
  return true;
}

std::vector<lock_table::held_lock> lock_table::without(const void* owner, const file_node& file,
                                                       range part) const {
  std::vector<held_lock> kept;
  for (const held_lock& each : held_) {
    if (each.owner_address != owner || each.file != &file || !overlap(each.part, part)) {
      kept.push_back(each);
      continue;
    }
    held_lock before = each;
    before.part.end = part.begin;
    if (before.part.begin < before.part.end) kept.push_back(before);
    held_lock behind = each;
    behind.part.begin = part.end;
    if (behind.part.begin < behind.part.end) kept.push_back(behind);
  }
  return kept;
}

}  // namespace asiofile::testing::detail
