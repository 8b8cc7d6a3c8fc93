// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/sequencer.hpp"

#include <fcntl.h>

namespace asiofile::detail {

namespace {

bool appends(const transfer_operation& which) noexcept {
  return which.kind() == operation_kind::write && (which.facts().status_flags & O_APPEND) != 0;
}

}  // namespace

std::size_t sequencer::lane_of(const transfer_operation& which) noexcept {
  return which.facts().is_stream && which.kind() == operation_kind::write ? 1 : 0;
}

bool sequencer::enter(transfer_operation& next) noexcept {
  lane& its = lanes_[lane_of(next)];
  if (its.running != nullptr) {
    move_to(next, operation_stage::sequenced);
    its.queued.push_back(next);
    return false;
  }
  its.running = &next;
  give_position(next);
  return true;
}

transfer_operation* sequencer::leave(transfer_operation& over) noexcept {
  lane& its = lanes_[lane_of(over)];
  if (its.running != &over) return nullptr;
  take_position(over);
  run_next(its);
  return its.running;
}

void sequencer::run_next(lane& its) noexcept {
  its.running = nullptr;
  if (its.queued.empty()) return;
  its.running = &as_transfer(take_front(its.queued));
  give_position(*its.running);
}

bool sequencer::is_running(const transfer_operation& which) const noexcept {
  return lanes_[lane_of(which)].running == &which;
}

void sequencer::take_queued(operation_queue& into) noexcept {
  for (lane& each : lanes_) {
    for (auto next = each.queued.begin(); next != each.queued.end();) {
      operation& queued = *next++;
      if (as_transfer(queued).is_placeholder) continue;
      remove(each.queued, queued);
      into.push_back(queued);
    }
  }
}

void sequencer::drop_placeholders() noexcept {
  for (lane& each : lanes_) {
    each.queued.remove_if(
        [](const operation& queued) { return as_transfer(queued).is_placeholder; });
    if (each.running != nullptr && each.running->is_placeholder) each.running = nullptr;
  }
}

void sequencer::move_to_position(std::uint64_t position) noexcept {
  position_ = position;
  is_at_end_ = false;
  has_moved_ = true;
}

void sequencer::give_position(transfer_operation& next) const noexcept {
  if (next.facts().is_stream) return;
  next.offset = uses_descriptor_position_ ? transfer_operation::descriptor_position : position_;
  next.is_at_end = is_at_end_ && next.kind() == operation_kind::read;
}

void sequencer::take_position(const transfer_operation& over) noexcept {
  if (over.facts().is_stream || over.transferred == 0 || uses_descriptor_position_) return;
  has_moved_ = true;
  // Only the kernel knows where an appended write has landed. It maintains that for the descriptor,
  // but not for a clone, which has a position of its own: that is then the end of the file.
  is_at_end_ = appends(over);
  if (!is_at_end_) position_ = over.offset + over.transferred;
}

}  // namespace asiofile::detail
