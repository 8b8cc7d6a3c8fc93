// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Common functions of the fuzzers.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace fuzz {

// Ends the program, which libFuzzer reports as a finding, if the condition is false.
inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Turns the input into decisions, one after the other; zeros when it is used up.
class input {
 public:
  input(const std::uint8_t* bytes, std::size_t size) noexcept
      : rest_(reinterpret_cast<const char*>(bytes), size) {}

  [[nodiscard]] bool is_used_up() const noexcept { return rest_.empty(); }

  std::uint8_t byte() noexcept {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }

  // 0 to `end` - 1.
  std::size_t below(std::size_t end) noexcept { return (byte() * std::size_t{256} + byte()) % end; }

  std::string_view take(std::size_t bytes_max) noexcept {
    const std::string_view taken = rest_.substr(0, bytes_max);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view take_rest() noexcept { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

}  // namespace fuzz
