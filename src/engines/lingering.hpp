#pragma once

// A moment awake before sleeping: where two threads hand each other work every few microseconds,
// putting one to sleep and waking it up again costs more than what it waits for.

#include "operations/tries.hpp"
#include "system/processors.hpp"

#include <chrono>

namespace asiofile::detail {

class lingering {
 public:
  // Waits until `has_come()`, a moment at most. Not at all with a single processor, where what is
  // waited for needs this one, and seldom where it mostly did not come in time. Returns whether it
  // has come. Called by one thread at a time.
  template <typename Condition>
  bool until(Condition&& has_come) noexcept {
    using clock = std::chrono::steady_clock;
    if (!has_several_processors_ || !tries_.are_worth_it()) return has_come();
    bool is_here = has_come();
    const clock::time_point end = clock::now() + moment;
    do {
      for (int i = 0; i != pauses_between_looks && !is_here; ++i) {
        pause_processor();
        is_here = has_come();
      }
    } while (!is_here && clock::now() < end);
    tries_.learn(is_here);
    return is_here;
  }

 private:
  // Some of the writes of 4 KiB into the system's cache; about what waking a thread takes.
  static constexpr std::chrono::microseconds moment{20};
  static constexpr int pauses_between_looks = 8;

  const bool has_several_processors_ = has_several_processors();
  tries tries_;
};

}  // namespace asiofile::detail
