// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Locks that the compiler checks: clang's thread-safety analysis (-Wthread-safety). Other compilers
// ignore it.

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define ASIOFILE_ANALYSIS(attribute) __attribute__((attribute))
#else
#define ASIOFILE_ANALYSIS(attribute)
#endif

#define ASIOFILE_CAPABILITY(name) ASIOFILE_ANALYSIS(capability(name))
#define ASIOFILE_SCOPED_CAPABILITY ASIOFILE_ANALYSIS(scoped_lockable)
#define ASIOFILE_GUARDED_BY(lock) ASIOFILE_ANALYSIS(guarded_by(lock))
#define ASIOFILE_REQUIRES(...) ASIOFILE_ANALYSIS(requires_capability(__VA_ARGS__))
#define ASIOFILE_EXCLUDES(...) ASIOFILE_ANALYSIS(locks_excluded(__VA_ARGS__))
#define ASIOFILE_ACQUIRE(...) ASIOFILE_ANALYSIS(acquire_capability(__VA_ARGS__))
#define ASIOFILE_TRY_ACQUIRE(...) ASIOFILE_ANALYSIS(try_acquire_capability(__VA_ARGS__))
#define ASIOFILE_RELEASE(...) ASIOFILE_ANALYSIS(release_capability(__VA_ARGS__))
#define ASIOFILE_RETURNS_LOCK(lock) ASIOFILE_ANALYSIS(lock_returned(lock))
// For what the analysis cannot follow: a lock that is passed from one function to another, or held
// across a fork.
#define ASIOFILE_NO_ANALYSIS ASIOFILE_ANALYSIS(no_thread_safety_analysis)

namespace asiofile::detail {

// A std::mutex that the analysis knows.
class ASIOFILE_CAPABILITY("mutex") mutex {
 public:
  void lock() ASIOFILE_ACQUIRE() { mutex_.lock(); }
  bool try_lock() ASIOFILE_TRY_ACQUIRE(true) { return mutex_.try_lock(); }
  void unlock() ASIOFILE_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds a mutex for as long as it lives, except between `unlock` and `lock`.
template <typename Mutex>
class ASIOFILE_SCOPED_CAPABILITY scoped_lock {
 public:
  explicit scoped_lock(Mutex& held) ASIOFILE_ACQUIRE(held) : lock_(held) {}
  ~scoped_lock() ASIOFILE_RELEASE() = default;
  scoped_lock(const scoped_lock&) = delete;
  scoped_lock& operator=(const scoped_lock&) = delete;

  void lock() ASIOFILE_ACQUIRE() { lock_.lock(); }
  void unlock() ASIOFILE_RELEASE() { lock_.unlock(); }
  // For condition variables, which return with the lock held.
  [[nodiscard]] std::unique_lock<Mutex>& native() noexcept { return lock_; }

 private:
  std::unique_lock<Mutex> lock_;
};

template <typename Mutex>
scoped_lock(Mutex&) -> scoped_lock<Mutex>;

}  // namespace asiofile::detail
