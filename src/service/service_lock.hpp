// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The lock of a service. It guards where each operation is and what each file object has open; it
// is held for some tens of nanoseconds, never across a system call that can wait, a handler or a
// handler's destructor.
//
// Order: this lock, `engine_set::setup_mutex_`, an engine's own, the list of `fork_participants`, a
// participant's (a reader's, a writer's).

#include "system/core_mutex.hpp"
#include "system/thread_safety.hpp"

#include <mutex>

namespace asiofile::detail {

// The capability that functions and members name. One for all services: each part belongs to one,
// and the analysis need not distinguish them.
class ASIOFILE_CAPABILITY("mutex") service_lock_capability {};
inline service_lock_capability service_lock;

// Holds a service's mutex for as long as it lives, except between `unlock` and `lock`.
class ASIOFILE_SCOPED_CAPABILITY core_lock {
 public:
  [[gnu::always_inline]] explicit core_lock(core_mutex& held) ASIOFILE_ACQUIRE(service_lock)
      : mutex_(&held) {
    mutex_->lock();
  }
  // Adopts a mutex that is already held.
  core_lock(core_mutex& held, std::adopt_lock_t) ASIOFILE_REQUIRES(service_lock) : mutex_(&held) {}
  // Holds nothing, but claims to: for a forked copy of the process, where there is no other thread,
  // and the mutex may be held forever by one that only the parent has.
  core_lock(core_mutex& held, bool is_copy) ASIOFILE_ACQUIRE(service_lock)
      : mutex_(is_copy ? &nobodys_ : &held) {
    mutex_->lock();
  }
  [[gnu::always_inline]] ~core_lock() ASIOFILE_RELEASE() {
    if (is_held_) mutex_->unlock();
  }
  core_lock(const core_lock&) = delete;
  core_lock& operator=(const core_lock&) = delete;

  void lock() ASIOFILE_ACQUIRE() {
    mutex_->lock();
    is_held_ = true;
  }
  void unlock() ASIOFILE_RELEASE() {
    is_held_ = false;
    mutex_->unlock();
  }

 private:
  friend class lock_released;

  core_mutex* mutex_;
  core_mutex nobodys_;
  bool is_held_ = true;
};

// The opposite: releases the lock for as long as it lives.
class ASIOFILE_SCOPED_CAPABILITY lock_released {
 public:
  [[gnu::always_inline]] explicit lock_released(core_lock& held)
      ASIOFILE_RELEASE(service_lock) ASIOFILE_NO_ANALYSIS : mutex_(*held.mutex_) {
    mutex_.unlock();
  }
  [[gnu::always_inline]] ~lock_released() ASIOFILE_RELEASE() ASIOFILE_NO_ANALYSIS { mutex_.lock(); }
  lock_released(const lock_released&) = delete;
  lock_released& operator=(const lock_released&) = delete;

 private:
  core_mutex& mutex_;
};

}  // namespace asiofile::detail
