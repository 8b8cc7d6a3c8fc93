// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A job that waits for a time.

#include <asiofile/detail/job.hpp>

#include <chrono>
#include <cstdint>

namespace asiofile::detail {

class timed_job : public job {
 public:
  // After a step that returned `after_pause`: how long until the next one. An engine with a clock
  // of its own waits exactly that long; the threads engine checks every 10 ms
  // (`job::after_a_while`).
  [[nodiscard]] std::chrono::nanoseconds pause() const noexcept { return pause_; }

 protected:
  std::int64_t after_pause(std::chrono::nanoseconds pause) noexcept {
    pause_ = pause;
    return after_a_while();
  }

 private:
  std::chrono::nanoseconds pause_{};
};

}  // namespace asiofile::detail
