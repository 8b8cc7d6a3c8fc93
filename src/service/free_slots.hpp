// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Which slots of a table are free. Without a lock, so that a child forked at any moment has a whole
// copy.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace asiofile::detail {

// A stack of indices (Treiber, 1986). Each change of its top carries another number, so that a slot
// that was taken and returned meanwhile is not mistaken for one that was never taken (ABA).
class free_slots {
 public:
  // All `count` slots are free, and are taken in order. `count` is less than 2^32 - 1.
  explicit free_slots(std::size_t count) : below_(count) {
    for (std::size_t i = 0; i != count; ++i)
      below_[i].store(i + 1 == count ? none : static_cast<std::uint32_t>(i + 1),
                      std::memory_order_relaxed);
    top_.store(count == 0 ? none : 0, std::memory_order_relaxed);
  }

  // What was written before `put` of the slot is seen after `take` of it.
  [[nodiscard]] std::optional<std::size_t> take() noexcept {
    std::uint64_t top = top_.load(std::memory_order_acquire);
    for (;;) {
      const std::uint32_t index = index_of(top);
      if (index == none) return std::nullopt;
      // Another thread may take it now, and return it over something else: then the number differs.
      const std::uint32_t next = below_[index].load(std::memory_order_relaxed);
      if (top_.compare_exchange_weak(top, changed(top, next), std::memory_order_acquire))
        return index;
    }
  }

  void put(std::size_t slot) noexcept {
    const auto index = static_cast<std::uint32_t>(slot);
    std::uint64_t top = top_.load(std::memory_order_relaxed);
    do below_[index].store(index_of(top), std::memory_order_relaxed);
    while (!top_.compare_exchange_weak(top, changed(top, index), std::memory_order_acq_rel,
                                       std::memory_order_relaxed));
  }

 private:
  static constexpr std::uint32_t none = 0xffff'ffff;

  static std::uint32_t index_of(std::uint64_t top) noexcept {
    return static_cast<std::uint32_t>(top);
  }
  static std::uint64_t changed(std::uint64_t top, std::uint32_t index) noexcept {
    return ((top >> 32) + 1) << 32 | index;
  }

  // An index in the lower bits, and in the upper ones how often it was changed.
  std::atomic<std::uint64_t> top_;
  std::vector<std::atomic<std::uint32_t>> below_;
};

}  // namespace asiofile::detail
