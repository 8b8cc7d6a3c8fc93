// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Processor functions for spinning threads.

#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace asiofile::detail {

// The pause between two reads in a spin loop.
inline void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether this thread and those that it starts may run at the same time. False if it is bound to a
// single processor (taskset(1), a cpuset), which std::thread::hardware_concurrency does not take
// into account everywhere.
inline bool has_several_processors() noexcept {
#if defined(__linux__)
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) == 0) return CPU_COUNT(&usable) > 1;
#endif
  return std::thread::hardware_concurrency() > 1;
}

}  // namespace asiofile::detail
