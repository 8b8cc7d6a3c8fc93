// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How often each of a number of handlers has run. Handlers may record from any thread.

#include <atomic>
#include <cstddef>
#include <vector>

namespace test_support {

class completion_counts {
 public:
  explicit completion_counts(std::size_t operations) : counts_(operations) {}

  void record(std::size_t operation) {
    counts_.at(operation).fetch_add(1);
    total_.fetch_add(1);
  }

  // Handlers run so far, repetitions included.
  [[nodiscard]] std::size_t total() const noexcept { return total_; }

  // How many of the handlers have run exactly `times` times.
  [[nodiscard]] std::size_t run_exactly(unsigned times) const noexcept {
    std::size_t found = 0;
    for (const auto& count : counts_) found += count == times ? 1 : 0;
    return found;
  }

  // Whether each of them has run exactly once.
  [[nodiscard]] bool each_once() const noexcept { return run_exactly(1) == counts_.size(); }

 private:
  std::vector<std::atomic<unsigned>> counts_;
  std::atomic<std::size_t> total_ = 0;
};

}  // namespace test_support
