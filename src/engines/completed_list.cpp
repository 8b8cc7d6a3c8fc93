// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/completed_list.hpp"

namespace asiofile::detail {

void completed_list::add(operation& over, std::size_t to_come) noexcept {
  {
    const scoped_lock lock(mutex_);
    over_.push_back(over);
    has_some_.store(true, std::memory_order_relaxed);
    const bool is_held_back = to_come != 0 && ++held_back_ < to_come;
    if (is_held_back || !must_set()) return;
  }
  completed_.set();
}

void completed_list::announce() noexcept {
  {
    const scoped_lock lock(mutex_);
    if (held_back_ == 0 || !must_set()) return;
  }
  completed_.set();
}

bool completed_list::must_set() noexcept {
  if (!notifies_ || was_set_ || over_.empty()) return false;
  was_set_ = true;
  held_back_ = 0;
  return true;
}

void completed_list::take(engine_queue& into) noexcept {
  const scoped_lock lock(mutex_);
  append(into, over_);
  has_some_.store(false, std::memory_order_relaxed);
  held_back_ = 0;
  was_set_ = false;
}

bool completed_list::notify(bool on) noexcept {
  const scoped_lock lock(mutex_);
  notifies_ = on;
  return !over_.empty();
}

}  // namespace asiofile::detail
