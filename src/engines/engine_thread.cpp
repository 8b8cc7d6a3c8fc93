// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/engine_thread.hpp"

#include "system/write_signals.hpp"

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>

namespace asiofile::detail {

namespace {

// While it lives, this thread, and any that it starts, receives no signals.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

int start_thread(std::thread& started, void (*run)(void*), void* argument) noexcept {
  const all_signals_blocked while_starting;
  try {
    started = std::thread([run, argument] {
      leave_write_signals_pending();
      run(argument);
    });
    return 0;
  } catch (const std::system_error& failure) {
    return failure.code().value();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

}  // namespace asiofile::detail
