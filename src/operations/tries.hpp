#pragma once

// Whether tries of one kind, which cost something where they fail, are worth it.

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace asiofile::detail {

// As long as they succeed. After each that did not, more occasions pass without one. For any thread: what
// one does not see of another costs a try.
class tries {
 public:
  bool are_worth_it() noexcept {
    const std::uint16_t passing = passing_.load(std::memory_order_relaxed);
    if (passing == 0) return true;
    passing_.store(static_cast<std::uint16_t>(passing - 1), std::memory_order_relaxed);
    return false;
  }

  void learn(bool was_hit) noexcept {
    const std::uint16_t passing = passing_next_.load(std::memory_order_relaxed);
    if (was_hit) {
      // Written only where that changes something: threads share it.
      if (passing != 0) passing_next_.store(0, std::memory_order_relaxed);
      return;
    }
    const auto next = static_cast<std::uint16_t>(std::min(2 * passing + 1, passing_max));
    passing_.store(passing, std::memory_order_relaxed);
    passing_next_.store(next, std::memory_order_relaxed);
  }

 private:
  // A vain try costs about as much as a hit saves. With so many operations to each, they do not
  // show.
  static constexpr int passing_max = 128;

  // How many operations pass before the next try, and before the one after that if it fails.
  std::atomic<std::uint16_t> passing_ = 0;
  std::atomic<std::uint16_t> passing_next_ = 0;
};

}  // namespace asiofile::detail
