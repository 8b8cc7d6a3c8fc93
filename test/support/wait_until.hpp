#pragma once

// Waits for something that another thread brings about.

#include "sanitizers.hpp"

#include <chrono>
#include <thread>

namespace test_support {

// Whether `condition()` came true within the time (five times as long under a sanitizer).
template <typename Condition>
bool wait_until(Condition&& condition,
                std::chrono::milliseconds limit = std::chrono::milliseconds(10'000)) {
  using clock = std::chrono::steady_clock;
  const auto deadline = clock::now() + limit * normally_or_sanitized(1, 5);
  while (!condition()) {
    if (clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

}  // namespace test_support
