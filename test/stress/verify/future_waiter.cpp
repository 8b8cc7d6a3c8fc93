// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "future_waiter.hpp"

#include "failure.hpp"

namespace verify {

future_waiter::future_waiter() : thread_([this] { run(); }) {}

future_waiter::~future_waiter() { stop(); }

void future_waiter::add(poll_function poll) {
  const std::lock_guard lock(mutex_);
  polled_.push_back(std::move(poll));
}

bool future_waiter::poll_all() {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return false;
  polled_.remove_if([](poll_function& each) { return each(); });
  return true;
}

void future_waiter::run() {
  while (poll_all()) std::this_thread::sleep_for(std::chrono::microseconds(200));
}

void future_waiter::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void future_waiter::finish() {
  for (poll_function& each : polled_) require(each(), "a future was left without a value or error");
  polled_.clear();
}

}  // namespace verify
