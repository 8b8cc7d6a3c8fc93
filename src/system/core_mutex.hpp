// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A mutex that is held for some tens of nanoseconds, several times for each operation. It is
// inlined, spins briefly before it sleeps, and costs nothing atomic in a process of one thread.

#include "system/thread_safety.hpp"

#include <atomic>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace asiofile::detail {

class ASIOFILE_CAPABILITY("mutex") core_mutex {
 public:
  core_mutex() = default;
  core_mutex(const core_mutex&) = delete;
  core_mutex& operator=(const core_mutex&) = delete;

  [[gnu::always_inline]] void lock() noexcept ASIOFILE_ACQUIRE() {
    if (!try_lock()) wait();
  }

  [[gnu::always_inline]] bool try_lock() noexcept ASIOFILE_TRY_ACQUIRE(true) {
    if (is_only_thread()) {
      if (state_.load(std::memory_order_relaxed) != free) return false;
      state_.store(held, std::memory_order_relaxed);
      return true;
    }
    int expected = free;
    return state_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }

  // If another thread was started since `lock`, it has seen `held`.
  [[gnu::always_inline]] void unlock() noexcept ASIOFILE_RELEASE() {
    if (is_only_thread())
      state_.store(free, std::memory_order_relaxed);
    else if (state_.exchange(free, std::memory_order_release) == waited_for)
      state_.notify_one();
  }

 private:
  enum : int { free, held, waited_for };

  static bool is_only_thread() noexcept {
#if __has_include(<sys/single_threaded.h>)
    return __libc_single_threaded != 0;
#else
    return false;
#endif
  }

  void wait() noexcept ASIOFILE_NO_ANALYSIS;

  std::atomic<int> state_ = free;
};

}  // namespace asiofile::detail
