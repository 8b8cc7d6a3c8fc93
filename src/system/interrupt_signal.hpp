// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The signal that interrupts a worker's blocking system call.
//
// Its disposition applies to the whole process: a handler that does nothing, without SA_RESTART, so
// that the call fails with EINTR. It is only ever sent to the library's own threads
// (pthread_kill(3)), which are the only ones that the library unblocks it for.

#include <pthread.h>

namespace asiofile::detail {

// Values of `service_options::interrupt_signal` besides a signal's number.
inline constexpr int any_interrupt_signal = 0;
inline constexpr int no_interrupt_signal = -1;

// Whether an option may name it: not SIGKILL or SIGSTOP, nor a number that is no signal or is
// reserved by the C library.
[[nodiscard]] bool may_interrupt(int number) noexcept;

// Installs the handler and returns the signal's number, or `no_interrupt_signal` if there is none.
// `any_interrupt_signal`: the highest real-time signal below SIGRTMAX for which the program has no
// handler, else SIGURG; chosen once in a process. A number: that signal, unless the program handles
// or ignores it.
[[nodiscard]] int claim_interrupt_signal(int wanted) noexcept;
// The signal that `any_interrupt_signal` would choose now.
[[nodiscard]] int choose_interrupt_signal() noexcept;

// Interrupts a thread, unless the program has since given the signal another handler, which must
// not run on that thread. Returns whether the signal was sent.
bool interrupt_thread(pthread_t thread, int number) noexcept;

// Lets the calling thread, which has all signals blocked, be interrupted.
void allow_interrupts(int number) noexcept;

// Consumes a pending interruption of the calling thread, so that it does not end the next call.
void absorb_interrupt() noexcept;

}  // namespace asiofile::detail
