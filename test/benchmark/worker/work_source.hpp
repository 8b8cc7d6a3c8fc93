// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The operations that are left to be started in one run; shared by all slots.

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace benchmark {

class work_source {
 public:
  struct share {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };

  // `share_size`: how many a slot takes at a time. More than one prevents contention on the counter
  // for every operation.
  void refill(std::uint64_t operations, std::uint64_t share_size) noexcept {
    total_ = operations;
    share_size_ = share_size;
    taken_.store(0, std::memory_order_relaxed);
  }

  // A count of 0: nothing is left.
  [[nodiscard]] share take() noexcept {
    const std::uint64_t first = taken_.fetch_add(share_size_, std::memory_order_relaxed);
    if (first >= total_) return {};
    return {first, std::min(share_size_, total_ - first)};
  }

 private:
  std::uint64_t total_ = 0;
  std::uint64_t share_size_ = 1;
  std::atomic<std::uint64_t> taken_ = 0;
};

}  // namespace benchmark
