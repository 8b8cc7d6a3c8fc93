// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/write_signals.hpp"

#include <pthread.h>

#include <cerrno>

namespace asiofile::detail {

namespace {

constexpr int write_signals[] = {SIGPIPE, SIGXFSZ};

thread_local bool are_left_pending = false;

}  // namespace

void leave_write_signals_pending() noexcept { are_left_pending = true; }

write_signals_blocked::write_signals_blocked() noexcept : has_nothing_to_do_(are_left_pending) {
  if (has_nothing_to_do_) return;
  sigset_t ours;
  sigemptyset(&ours);
  for (const int each : write_signals) sigaddset(&ours, each);
  ::sigpending(&pending_before_);
  ::pthread_sigmask(SIG_BLOCK, &ours, &mask_before_);
}

write_signals_blocked::~write_signals_blocked() {
  if (has_nothing_to_do_) return;
  const int saved = errno;
  // The signal that our write has raised is consumed before the program can see it.
  sigset_t pending;
  ::sigpending(&pending);
  for (const int each : write_signals) {
    if (sigismember(&pending, each) != 1 || sigismember(&pending_before_, each) == 1) continue;
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, each);
    int taken;
    ::sigwait(&only, &taken);
  }
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  errno = saved;
}

}  // namespace asiofile::detail
