// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/run_queue.hpp"

#include "engines/operation_place.hpp"

#include <utility>

namespace asiofile::detail {

bool is_quick(operation& which) noexcept {
  if (const job* const task = task_of(which)) return task->is_quick();
  if (!is_small_buffered_write(which) && !is_small_read_of_memory(which)) return false;
  const file_facts& facts = which.facts();
  return facts.is_local && !facts.is_direct;
}

void run_queue::put(operation& next, bool into_lane) noexcept {
  set_place(next, into_lane ? operation_place::queued_quick : operation_place::queued);
  (into_lane ? quick_ : queued_).push_back(next);
  ++(into_lane ? quick_count_ : queued_count_);
}

void run_queue::push(operation& next) noexcept { put(next, has_lane_ && is_quick(next)); }

void run_queue::remove(operation& waiting) noexcept {
  const bool is_in_lane = place_of(waiting) == operation_place::queued_quick;
  detail::remove(is_in_lane ? quick_ : queued_, waiting);
  --(is_in_lane ? quick_count_ : queued_count_);
  set_place(waiting, operation_place::nowhere);
}

void run_queue::take_all(engine_queue& into) noexcept {
  append(queued_, quick_);
  queued_count_ = quick_count_ = 0;
  for (operation& each : queued_) set_place(each, operation_place::nowhere);
  append(into, queued_);
}

operation* run_queue::take_quick(lane_ticket& ticket) noexcept {
  if (!holds_lane(ticket)) {
    if (++last_ticket_ == no_ticket) ++last_ticket_;
    ticket = holder_ = last_ticket_;
    quick_streak_ = 0;
  }
  operation& taken = take_front(quick_);
  --quick_count_;
  ++quick_taken_;
  quick_streak_ = queued_.empty() ? 0 : quick_streak_ + 1;
  return &taken;
}

operation* run_queue::take_queued() noexcept {
  if (queued_.empty()) return nullptr;
  operation& taken = take_front(queued_);
  --queued_count_;
  return &taken;
}

operation* run_queue::take(lane_ticket& ticket) noexcept {
  const bool is_holder = holds_lane(ticket);
  const bool has_others_turn = is_holder && quick_streak_ >= quick_streak_max && !queued_.empty();
  const bool may_take_quick = is_holder ? !has_others_turn : holder_ == no_ticket;
  if (may_take_quick && !quick_.empty()) return take_quick(ticket);
  operation* const taken = take_queued();
  if (taken != nullptr) leave_lane(ticket);
  return taken;
}

void run_queue::leave_lane(lane_ticket& ticket) noexcept {
  if (holds_lane(ticket)) holder_ = no_ticket;
  ticket = no_ticket;
}

bool run_queue::tick() noexcept {
  const bool is_waiting = needs_watching();
  const bool is_stuck = is_waiting && has_seen_waiting_ && quick_taken_ == seen_taken_;
  has_seen_waiting_ = is_waiting && !is_stuck;
  seen_taken_ = quick_taken_;
  if (is_stuck) holder_ = no_ticket;
  return is_stuck;
}

void run_queue::set_lane(bool is_open) noexcept {
  has_lane_ = is_open;
  if (is_open) return;
  while (!quick_.empty()) {
    operation& next = take_front(quick_);
    --quick_count_;
    put(next, false);
  }
}

}  // namespace asiofile::detail
