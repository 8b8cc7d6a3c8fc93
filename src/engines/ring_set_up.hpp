// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Making an io_uring that works, as large as asked for or as the machine allows.

#include "engines/ring_calls.hpp"

#include <cstddef>
#include <string>

namespace asiofile::detail {

// The parameters of a ring.
struct ring_options {
  // Entries of the submission queue, 2 to 32,768.
  std::size_t submission_entries = 2;
  // How many operations it should be able to have in flight.
  std::size_t in_flight_max = 1;
  // A kernel thread polls for submissions, and sleeps when there was none for this long.
  bool submission_polling = false;
  unsigned polling_idle_milliseconds = 1000;
};

// A ring, and which of the options are in effect.
struct kernel_ring {
  io_uring ring{};
  bool is_polled = false;
  unsigned submission_entries = 0;
  unsigned completion_entries = 0;
  // RLIMIT_MEMLOCK did not allow a larger one.
  bool is_reduced = false;

  // An operation and its cancellation: a write and the sync that is linked to it have two entries
  // each. With room for all of them for each operation, the completion queue does not overflow.
  static constexpr std::size_t completions_per_operation_max = 4;
  [[nodiscard]] std::size_t capacity() const noexcept {
    const std::size_t operations = completion_entries / completions_per_operation_max;
    return operations == 0 ? 1 : operations;
  }
};

// Makes a ring whose completions set the descriptor `eventfd` (switched off at first), and sends a
// no-op through it: a sandbox may allow one call and refuse the other. Waits briefly if memory of
// closed rings is still counted. Returns 0, or an errno value; `failing_call` then names the call.
int make_ring(const ring_options& options, int eventfd, ring_calls& calls, kernel_ring& made,
              const char*& failing_call) noexcept;

// Unmaps and closes it.
void end_ring(kernel_ring& ended, ring_calls& calls) noexcept;

// For messages: how the ring differs from what was asked for; begins with "; " if it does.
std::string differences(const ring_options& asked, const kernel_ring& made);

}  // namespace asiofile::detail
