// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Spins briefly before a thread sleeps: if two threads pass work to each other every few
// microseconds, parking one and waking it again costs more than what it waits for.

#include "operations/back_off.hpp"
#include "system/processors.hpp"

#include <chrono>

namespace asiofile::detail {

// For one thread at a time.
class spin_then_park {
 public:
  // Spins until `has_come()`, some 20 microseconds at most. Not at all on a single processor, which
  // the other thread needs, and rarely if it was mostly in vain before. Returns whether
  // `has_come()` was true; if not, the caller parks.
  template <typename Condition>
  bool spin_until(Condition&& has_come) noexcept {
    using clock = std::chrono::steady_clock;
    if (!has_several_processors_ || !back_off_.may_try()) return has_come();
    bool is_here = has_come();
    const clock::time_point end = clock::now() + spin_max;
    do {
      for (int i = 0; i != pauses_between_looks && !is_here; ++i) {
        pause_processor();
        is_here = has_come();
      }
    } while (!is_here && clock::now() < end);
    back_off_.learn(is_here);
    return is_here;
  }

 private:
  // The time of a few writes of 4 KiB into the page cache; about as long as waking a thread takes.
  static constexpr std::chrono::microseconds spin_max{20};
  static constexpr int pauses_between_looks = 8;

  const bool has_several_processors_ = has_several_processors();
  back_off back_off_;
};

}  // namespace asiofile::detail
