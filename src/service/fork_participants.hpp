// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Objects of a service that have a mutex of their own: `notify_fork` holds all of them across
// fork(2), so that the child's copy of everything is whole, and none is held there forever by a
// thread that only the parent has.

#include "operations/operation_queue.hpp"
#include "system/core_mutex.hpp"
#include "system/thread_safety.hpp"

#include <boost/intrusive/list.hpp>

#include <utility>

namespace asiofile::detail {

class fork_participants;

// Holds a participant's mutex for as long as it lives. If `is_taken` is false it holds nothing,
// though it claims to: see `fork_participant::must_lock`.
class ASIOFILE_SCOPED_CAPABILITY participant_lock {
 public:
  participant_lock(core_mutex& held, bool is_taken) ASIOFILE_ACQUIRE(held)
      : mutex_(is_taken ? &held : nullptr) {
    if (mutex_ != nullptr) mutex_->lock();
  }
  ~participant_lock() ASIOFILE_RELEASE() {
    if (mutex_ != nullptr) mutex_->unlock();
  }
  participant_lock(const participant_lock&) = delete;
  participant_lock& operator=(const participant_lock&) = delete;

 private:
  core_mutex* const mutex_;
};

// Base class of such an object, which is made as a `fork_safe`.
//
// Lock order: the service's mutexes and the engines', the list of participants, a participant's
// mutex. So nothing may be called with a participant's mutex held that takes one of the former or
// another participant's, nor may a participant be made or destroyed then.
class fork_participant {
 public:
  fork_participant(const fork_participant&) = delete;
  fork_participant& operator=(const fork_participant&) = delete;

 protected:
  // `all`: of the object's service, which outlives it.
  explicit fork_participant(fork_participants& all) noexcept : all_(all) {}
  ~fork_participant() = default;

  void enlist() noexcept;
  void delist() noexcept;

  // Asked on paths that a destructor or a dropped handler leads to: in a child that was forked
  // without `notify_fork`, the mutex may be held forever, so it is not taken. There is no other
  // thread.
  [[nodiscard]] bool must_lock() const noexcept;

  mutable core_mutex mutex_;

 private:
  friend class fork_participants;

  // In a child, with the mutex held: forgets what other threads were doing, which nobody will
  // finish. Adds the operations of kind `wait` that are aborted by that.
  virtual void reset_in_child(operation_queue& aborted) noexcept ASIOFILE_REQUIRES(mutex_) = 0;

  fork_participants& all_;
  intrusive_hook hook_;
};

// A participant is in the list only while it is whole: from the end of its constructor to the
// beginning of its destructor.
template <typename Participant>
class fork_safe final : public Participant {
 public:
  template <typename... Arguments>
  explicit fork_safe(Arguments&&... arguments)
      : Participant(std::forward<Arguments>(arguments)...) {
    this->enlist();
  }
  ~fork_safe() { this->delist(); }
};

class fork_participants {
 public:
  fork_participants() noexcept;
  fork_participants(const fork_participants&) = delete;
  fork_participants& operator=(const fork_participants&) = delete;

  // Around fork(2). None is added, removed or changed between `prepare_fork` and one of the others.
  void prepare_fork() noexcept ASIOFILE_NO_ANALYSIS;
  void resume_in_parent() noexcept ASIOFILE_NO_ANALYSIS;
  // Returns the calls that end in the child, as aborted.
  [[nodiscard]] operation_queue resume_in_child() noexcept ASIOFILE_NO_ANALYSIS;

  // Whether this process was forked from the service's without `notify_fork`.
  [[nodiscard]] bool is_forked_copy() const noexcept;

 private:
  friend class fork_participant;

  using members = boost::intrusive::list<
      fork_participant,
      boost::intrusive::member_hook<fork_participant, intrusive_hook, &fork_participant::hook_>,
      boost::intrusive::constant_time_size<false>>;

  core_mutex mutex_;
  members members_ ASIOFILE_GUARDED_BY(mutex_);
  // How often the process, and those that it was forked from, had been forked.
  unsigned forks_;
};

}  // namespace asiofile::detail
