// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Waits for something that another thread does.

#include "sanitizers.hpp"

#include <chrono>
#include <thread>

namespace test_support {

// A time limit that starts now (five times as long under a sanitizer).
class deadline {
 public:
  explicit deadline(std::chrono::milliseconds limit)
      : end_(clock::now() + limit * normally_or_sanitized(1, 5)) {}

  [[nodiscard]] bool has_passed() const { return clock::now() >= end_; }

 private:
  using clock = std::chrono::steady_clock;

  clock::time_point end_;
};

// Whether `condition()` became true within the time (five times as long under a sanitizer).
template <typename Condition>
bool wait_until(Condition&& condition,
                std::chrono::milliseconds limit = std::chrono::milliseconds(10'000)) {
  const deadline end(limit);
  while (!condition()) {
    if (end.has_passed()) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

}  // namespace test_support
