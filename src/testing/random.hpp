// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Numbers that depend only on a seed, not even on the standard library.

#include <cstdint>

namespace asiofile::testing::detail {

// SplitMix64 (Steele, Lea, Flood 2014).
class random {
 public:
  explicit random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t mixed = state_ += 0x9e37'79b9'7f4a'7c15U;
    mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11ebU;
    return mixed ^ mixed >> 31;
  }

  // 0 up to, not including, `end`, which is not 0.
  std::uint64_t below(std::uint64_t end) noexcept { return next() % end; }

  bool happens(double probability) noexcept {
    constexpr double range = 9007199254740992.0;  // 2^53: as many bits as a double has
    return static_cast<double>(next() >> 11) / range < probability;
  }

  bool coin() noexcept { return (next() & 1) != 0; }

 private:
  std::uint64_t state_;
};

}  // namespace asiofile::testing::detail
