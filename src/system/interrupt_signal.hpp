#pragma once

// The signal with which a thread is called out of a blocking system call.

namespace asiofile::detail {

// Its number, after installing a handler that does nothing: the call then fails with EINTR. A
// real-time signal for which the program has no handler, chosen once; -1 where there is none.
// It is only ever sent to the library's own threads (pthread_kill).
int interrupt_signal() noexcept;

}  // namespace asiofile::detail
