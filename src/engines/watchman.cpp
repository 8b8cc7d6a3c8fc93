// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/watchman.hpp"

#include <utility>

namespace asiofile::detail {

bool watchman::call(round wanted) noexcept {
  const scoped_lock lock(mutex_);
  if (is_stopping_) return false;
  is_called_ = true;
  if (wanted == round::lane) quiet_rounds_ = 0;
  if (!thread_.joinable()) {
    const auto run = [](void* self) { static_cast<watchman*>(self)->watch(); };
    if (start_(thread_, run, this) != 0) return false;
  }
  if (round_ < wanted) {
    round_ = wanted;
    wanted_.notify_one();
  }
  return true;
}

void watchman::stop() noexcept {
  std::thread ended;
  {
    const scoped_lock lock(mutex_);
    is_stopping_ = true;
    ended = std::exchange(thread_, {});
    wanted_.notify_one();
  }
  if (ended.joinable()) ended.join();
}

void watchman::sleep_or_wait(scoped_lock<mutex>& lock) noexcept {
  if (round_ == round::none) wanted_.wait(lock.native());
  else wanted_.wait_for(lock.native(), round_ == round::lane ? lane_round : long_round);
}

void watchman::watch() noexcept {
  using clock = std::chrono::steady_clock;
  scoped_lock lock(mutex_);
  auto last_look = clock::now();
  while (!is_stopping_) {
    const round made = round_;
    sleep_or_wait(lock);
    if (made == round::none || is_stopping_) {
      last_look = clock::now();
      continue;
    }
    if (made == round::lane) {
      lock.unlock();
      const bool is_waiting = client_.look_at_lane();
      lock.lock();
      quiet_rounds_ = is_waiting ? 0 : quiet_rounds_ + 1;
      if (quiet_rounds_ > quiet_rounds_max) round_ = round::around;
    }
    const auto now = clock::now();
    if (now - last_look < long_round) continue;
    last_look = now;
    is_called_ = false;
    lock.unlock();
    const bool is_needed = client_.look_around();
    lock.lock();
    if (round_ == round::around && !is_needed && !is_called_) round_ = round::none;
  }
}

}  // namespace asiofile::detail
