// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The lock of a simulated file system. It guards all state of the file system and of the engines
// that use it. It is released while an engine runs an operation, which makes calls that take it.

#include "system/thread_safety.hpp"

#include <atomic>
#include <cstddef>
#include <thread>

namespace asiofile::testing::detail {

// The capability that functions and members name. One for all file systems: each part belongs to
// one, and the analysis need not distinguish them.
class ASIOFILE_CAPABILITY("mutex") files_lock_capability {};
inline files_lock_capability files_lock;

// Held across a fork(2) by each engine of the file system. The forking thread, which may continue
// to use the file system, does not wait for itself.
class files_mutex {
 public:
  void lock() ASIOFILE_NO_ANALYSIS {
    if (!is_forking_here()) mutex_.lock();
  }
  void unlock() ASIOFILE_NO_ANALYSIS {
    if (!is_forking_here()) mutex_.unlock();
  }

  void lock_for_fork() ASIOFILE_NO_ANALYSIS {
    lock();
    forking_ = std::this_thread::get_id();
    ++forks_;
  }
  void unlock_after_fork() ASIOFILE_NO_ANALYSIS {
    if (--forks_ == 0) forking_ = std::thread::id();
    unlock();
  }

 private:
  [[nodiscard]] bool is_forking_here() const noexcept {
    return forking_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  asiofile::detail::mutex mutex_;
  // The id of another thread, or none, if this thread does not hold the mutex.
  std::atomic<std::thread::id> forking_{};
  // Engines that hold it.
  std::size_t forks_ = 0;
};

// Holds the mutex for as long as it lives.
class ASIOFILE_SCOPED_CAPABILITY files_guard {
 public:
  explicit files_guard(files_mutex& held) ASIOFILE_ACQUIRE(files_lock) : mutex_(held) {
    mutex_.lock();
  }
  ~files_guard() ASIOFILE_RELEASE() { mutex_.unlock(); }
  files_guard(const files_guard&) = delete;
  files_guard& operator=(const files_guard&) = delete;

 private:
  files_mutex& mutex_;
};

// The opposite: releases the mutex for as long as it lives.
class ASIOFILE_SCOPED_CAPABILITY files_released {
 public:
  explicit files_released(files_mutex& held) ASIOFILE_RELEASE(files_lock) ASIOFILE_NO_ANALYSIS
      : mutex_(held) {
    mutex_.unlock();
  }
  ~files_released() ASIOFILE_RELEASE() ASIOFILE_NO_ANALYSIS { mutex_.lock(); }
  files_released(const files_released&) = delete;
  files_released& operator=(const files_released&) = delete;

 private:
  files_mutex& mutex_;
};

}  // namespace asiofile::testing::detail
