// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/group_commit.hpp"

#include "operations/completion.hpp"

#include <utility>

namespace asiofile::detail {

bool group_commit::join(transfer_operation& written) noexcept {
  if (leader_ == nullptr) leader_ = &written;
  if (leader_ == &written) return true;
  move_to(written, operation_stage::grouped);
  next_.push_back(written);
  return false;
}

void group_commit::begin(transfer_operation& leader) noexcept {
  // An empty write has only its sync, and is never a leader: what is written while the leader's
  // sync runs waits for the next leader.
  if (leader_ != &leader) return;
  // One that is resubmitted, because its engine could not run it, also covers those that were added
  // since.
  append(covered_, next_);
  for (const operation& each : covered_) {
    // Never less than what each asks for.
    if (as_transfer(each).sync == sync_after::all) leader.sync = sync_after::all;
  }
}

transfer_operation* group_commit::end(transfer_operation& over, operation_queue& covered) noexcept {
  if (leader_ != &over) return nullptr;
  leader_ = nullptr;
  if (has_sync_run(over)) {
    // Data that was written while a failing sync ran may be the cause of its failure.
    if (over.sync_result < 0) append(covered_, next_);
    for (operation& each : covered_) {
      transfer_operation& member = as_transfer(each);
      // It may have begun before the leader did, and before a failure that the leader need not
      // report.
      member.sync_result =
          over.sync_result != 0 ? over.sync_result : -verdict_since(member.failures_before);
    }
    append(covered, covered_);
  }
  append(covered_, next_);
  next_.swap(covered_);
  if (next_.empty()) return nullptr;
  leader_ = &as_transfer(take_front(next_));
  return leader_;
}

void group_commit::take_all(operation_queue& into) noexcept {
  append(into, covered_);
  append(into, next_);
  leader_ = nullptr;
}

}  // namespace asiofile::detail
