// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The operations that wait for a worker, and which of them a worker may take.
//
// Most operations may each occupy a worker for long. Quick ones, some microseconds each, cost less
// than waking a thread: one worker at a time, the holder of the quick lane, runs one after the
// other. If one of them turns out not to be quick, the lane is taken from its holder (`tick`).

#include "operations/operation_queue.hpp"
#include "operations/speculation.hpp"

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// A small write into the page cache, or a small read of data in memory, on a local file system.
[[nodiscard]] bool is_quick(operation& which) noexcept;

// Has no lock: guarded by its owner's.
class run_queue {
 public:
  // A worker's proof that it holds the lane. Invalid once the lane was taken from it.
  using lane_ticket = std::uint32_t;
  static constexpr lane_ticket no_ticket = 0;

  // Adds it behind the others.
  void push(operation& next) noexcept;
  void remove(operation& waiting) noexcept;
  // Takes all operations.
  void take_all(engine_queue& into) noexcept;

  // The next operation for a worker; null if there is none, or only such as another worker is about
  // to run. `ticket`: the worker's; it may get the lane, keep it, or leave it for an operation that
  // has waited behind many quick ones.
  operation* take(lane_ticket& ticket) noexcept;
  void leave_lane(lane_ticket& ticket) noexcept;
  [[nodiscard]] bool holds_lane(lane_ticket ticket) const noexcept {
    return ticket != no_ticket && ticket == holder_;
  }

  [[nodiscard]] bool empty() const noexcept { return queued_.empty() && quick_.empty(); }
  // How many workers there is work for.
  [[nodiscard]] std::size_t demand() const noexcept {
    return queued_count_ + (quick_.empty() || holder_ != no_ticket ? 0 : 1);
  }
  [[nodiscard]] std::size_t quick_count() const noexcept { return quick_count_; }
  // Quick operations wait behind one that runs: `tick` must be called regularly.
  [[nodiscard]] bool needs_watching() const noexcept {
    return holder_ != no_ticket && !quick_.empty();
  }
  // Some are waiting or running.
  [[nodiscard]] bool has_quick() const noexcept { return holder_ != no_ticket || !quick_.empty(); }

  // One round of the lane's watchman. If quick operations were waiting at the last round too, and
  // none has been taken since, the lane is taken from its holder; returns whether it was.
  bool tick() noexcept;

  // Sets whether there is a lane at all: without a watchman there must be none.
  void set_lane(bool is_open) noexcept;

 private:
  // At most this many quick ones in a row while others wait.
  static constexpr unsigned quick_streak_max = 64;

  void put(operation& next, bool into_lane) noexcept;
  [[nodiscard]] operation* take_quick(lane_ticket& ticket) noexcept;
  [[nodiscard]] operation* take_queued() noexcept;

  engine_queue queued_;
  engine_queue quick_;
  std::size_t queued_count_ = 0;
  std::size_t quick_count_ = 0;
  bool has_lane_ = true;
  lane_ticket holder_ = no_ticket;
  lane_ticket last_ticket_ = no_ticket;
  unsigned quick_streak_ = 0;
  // How many quick ones have been taken in all; and how many had been at the watchman's last round.
  std::uint32_t quick_taken_ = 0;
  std::uint32_t seen_taken_ = 0;
  bool has_seen_waiting_ = false;
};

}  // namespace asiofile::detail
