// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The threads that an engine starts, which receive none of the program's signals.

#include <thread>

namespace asiofile::detail {

// Starts a thread that runs `run(argument)`. Returns 0 or an errno value. Tests replace it.
using thread_starter = int (*)(std::thread& started, void (*run)(void*), void* argument);

// All signals are blocked in the new thread: the program's handlers must not run on the library's
// threads, and SIGXFSZ and SIGPIPE, which the kernel sends to the thread that writes, must not end
// the process, as the error code says the same.
int start_thread(std::thread& started, void (*run)(void*), void* argument) noexcept;

}  // namespace asiofile::detail
