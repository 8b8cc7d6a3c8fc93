// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/fork_participants.hpp"

#include "system/forks.hpp"

namespace asiofile::detail {

void fork_participant::enlist() noexcept {
  const scoped_lock lock(all_.mutex_);
  all_.members_.push_back(*this);
}

void fork_participant::delist() noexcept {
  // In a forked copy the list may be locked, and inconsistent, forever; it is not used there.
  if (all_.is_forked_copy()) return;
  const scoped_lock lock(all_.mutex_);
  all_.members_.erase(fork_participants::members::s_iterator_to(*this));
}

bool fork_participant::must_lock() const noexcept { return !all_.is_forked_copy(); }

fork_participants::fork_participants() noexcept : forks_(forks_so_far()) {}

bool fork_participants::is_forked_copy() const noexcept { return forks_ != forks_so_far(); }

void fork_participants::prepare_fork() noexcept {
  mutex_.lock();
  for (fork_participant& each : members_) each.mutex_.lock();
}

void fork_participants::resume_in_parent() noexcept {
  for (fork_participant& each : members_) each.mutex_.unlock();
  mutex_.unlock();
}

operation_queue fork_participants::resume_in_child() noexcept {
  forks_ = forks_so_far();
  operation_queue aborted;
  for (fork_participant& each : members_) {
    each.reset_in_child(aborted);
    each.mutex_.unlock();
  }
  mutex_.unlock();
  return aborted;
}

}  // namespace asiofile::detail
