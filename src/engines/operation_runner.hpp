// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The calls that a worker makes for an operation, in an order that occupies no worker longer than
// necessary.

#include "engines/stream_poller.hpp"
#include "engines/worker_pool.hpp"
#include "operations/operation.hpp"

#include <cstdint>

namespace asiofile::detail {

class open_hook;
class system_calls;

// A read or write that may wait for a peer; not the sync after it.
[[nodiscard]] bool is_stream_transfer(const operation& which) noexcept;
[[nodiscard]] bool is_open_for_reading(int status_flags) noexcept;

// Keeps no state except in the operation. For any number of workers.
class operation_runner {
 public:
  // `opened` may be null. `interrupt_signal`: as it was claimed.
  operation_runner(system_calls* paths, open_hook* opened, int interrupt_signal) noexcept
      : paths_(paths), opened_(opened), interrupt_signal_(interrupt_signal) {}

  // Without a lock. `outcome::passed_on`: its stream is to be waited for (`awaited_by`).
  worker_pool::outcome run(operation& next, std::uint16_t& thread_priority) const noexcept;

  // Only a worker may run it: it may wait for a peer, or has a priority, which would become this
  // thread's.
  [[nodiscard]] bool needs_worker(operation& next) const noexcept;

  // Nothing reports when the stream of the operation is ready: the next time that it is not, the
  // operation rests.
  void rest_next_time(operation& which) const noexcept;

  [[nodiscard]] static awaited_stream awaited_by(operation& which) noexcept;
  [[nodiscard]] int interrupt_signal() const noexcept { return interrupt_signal_; }

 private:
  [[nodiscard]] worker_pool::outcome run_on_stream(transfer_operation& next) const noexcept;
  [[nodiscard]] worker_pool::outcome run_lock(lock_operation& next) const noexcept;
  [[nodiscard]] worker_pool::outcome run_task(operation& next) const noexcept;
  [[nodiscard]] worker_pool::outcome run_open(open_operation& next) const noexcept;
  [[nodiscard]] bool is_fifo_without_peer(open_operation& next) const noexcept;
  void note_opened(open_operation& opened) const noexcept;

  system_calls* const paths_;
  open_hook* const opened_;
  const int interrupt_signal_;
};

}  // namespace asiofile::detail
