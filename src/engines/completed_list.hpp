// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The operations that have completed, until the engine's owner reaps them; and whether the owner is
// to be notified.

#include "operations/operation_queue.hpp"
#include "system/core_mutex.hpp"
#include "system/notifier.hpp"
#include "system/thread_safety.hpp"

#include <atomic>
#include <cstddef>

namespace asiofile::detail {

// std::hardware_destructive_interference_size, which GCC warns of.
inline constexpr std::size_t cache_line_bytes = 64;

// For any thread. Its lock is a leaf: nothing else is locked while it is held.
class completed_list {
 public:
  // `completed` must outlive it.
  explicit completed_list(notifier& completed) noexcept : completed_(completed) {}
  completed_list(const completed_list&) = delete;
  completed_list& operator=(const completed_list&) = delete;

  // Adds an operation and, if the owner is to be notified, sets the notifier. `to_come`: this many
  // more are about to follow (`announce` is called if they do not). The owner is then notified when
  // as many have completed as are still to come, so that it handles one half while a worker does
  // the other.
  void add(operation& over, std::size_t to_come = 0) noexcept ASIOFILE_EXCLUDES(mutex_);
  // Notifies the owner of operations whose notification was deferred.
  void announce() noexcept ASIOFILE_EXCLUDES(mutex_);

  // ---- for the owner

  // Appends all operations of the list.
  void take(engine_queue& into) noexcept ASIOFILE_EXCLUDES(mutex_);
  // Whether `add` sets the notifier. Returns whether some have completed already, for which it may
  // not be set any more.
  bool notify(bool on) noexcept ASIOFILE_EXCLUDES(mutex_);
  // Without the lock, for a thread that spins.
  [[nodiscard]] bool has_some() const noexcept { return has_some_.load(std::memory_order_relaxed); }

  // Around fork(2).
  void lock() noexcept ASIOFILE_ACQUIRE(mutex_) { mutex_.lock(); }
  void unlock() noexcept ASIOFILE_RELEASE(mutex_) { mutex_.unlock(); }

 private:
  bool must_set() noexcept ASIOFILE_REQUIRES(mutex_);

  notifier& completed_;
  core_mutex mutex_;
  engine_queue over_ ASIOFILE_GUARDED_BY(mutex_);
  // For how many of those the notification has been deferred.
  std::size_t held_back_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  bool notifies_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // Whether the notifier was set since the owner last took some.
  bool was_set_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // On a cache line of its own: the owner polls it while others write the members above.
  alignas(cache_line_bytes) std::atomic<bool> has_some_ = false;
};

}  // namespace asiofile::detail
