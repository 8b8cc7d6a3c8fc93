// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/interrupt_signal.hpp"

#include <csignal>

namespace asiofile::detail {

namespace {

extern "C" void do_nothing(int) {}

bool is_ours(const struct sigaction& disposition) noexcept {
  return (disposition.sa_flags & SA_SIGINFO) == 0 && disposition.sa_handler == do_nothing;
}

bool is_untouched(const struct sigaction& disposition) noexcept {
  return (disposition.sa_flags & SA_SIGINFO) == 0 && disposition.sa_handler == SIG_DFL;
}

bool claim(int number) noexcept {
  struct sigaction current = {};
  if (::sigaction(number, nullptr, &current) != 0) return false;
  if (is_ours(current)) return true;
  if (!is_untouched(current)) return false;
  struct sigaction ours = {};
  ours.sa_handler = do_nothing;
  sigemptyset(&ours.sa_mask);
  // Without SA_RESTART, so that the interrupted call ends.
  ours.sa_flags = 0;
  return ::sigaction(number, &ours, nullptr) == 0;
}

}  // namespace

bool may_interrupt(int number) noexcept {
  if (number <= 0 || number == SIGKILL || number == SIGSTOP) return false;
  // Refused if it is no signal, or is reserved by the C library.
  struct sigaction current = {};
  return ::sigaction(number, nullptr, &current) == 0;
}

int choose_interrupt_signal() noexcept {
#if defined(SIGRTMIN) && defined(SIGRTMAX)
  // Downwards, because programs count from SIGRTMIN; valgrind keeps SIGRTMAX for itself.
  for (int number = SIGRTMAX - 1; number >= SIGRTMIN; --number) {
    if (claim(number)) return number;
  }
#endif
  return claim(SIGURG) ? SIGURG : no_interrupt_signal;
}

int claim_interrupt_signal(int wanted) noexcept {
  if (wanted == any_interrupt_signal) {
    static const int chosen = choose_interrupt_signal();
    return chosen;
  }
  return may_interrupt(wanted) && claim(wanted) ? wanted : no_interrupt_signal;
}

bool interrupt_thread(pthread_t thread, int number) noexcept {
  struct sigaction current = {};
  if (number == no_interrupt_signal || ::sigaction(number, nullptr, &current) != 0) return false;
  return is_ours(current) && ::pthread_kill(thread, number) == 0;
}

void allow_interrupts(int number) noexcept {
  if (number == no_interrupt_signal) return;
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

void absorb_interrupt() noexcept {
  // Pending signals are handled on the way out of any system call.
  sigset_t pending;
  ::sigpending(&pending);
}

}  // namespace asiofile::detail
