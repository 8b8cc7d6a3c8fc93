// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Hides from the program the signals that the kernel sends to a thread for its writes.

#include <csignal>

namespace asiofile::detail {

// Called by a thread of the library that has all signals blocked: signals that its writes raise
// stay pending and are never delivered. `write_signals_blocked` then costs nothing.
void leave_write_signals_pending() noexcept;

// While it lives, a write that this thread makes to a pipe without readers or past RLIMIT_FSIZE
// fails with EPIPE or EFBIG, and does not end the process by SIGPIPE or SIGXFSZ as well.
class write_signals_blocked {
 public:
  write_signals_blocked() noexcept;
  ~write_signals_blocked();
  write_signals_blocked(const write_signals_blocked&) = delete;
  write_signals_blocked& operator=(const write_signals_blocked&) = delete;

 private:
  const bool has_nothing_to_do_;
  sigset_t mask_before_;
  sigset_t pending_before_;
};

}  // namespace asiofile::detail
