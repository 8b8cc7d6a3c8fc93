// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Decides whether to try something that costs time if it fails: always while it succeeds; after
// each failure, twice as many opportunities are skipped.

#include <algorithm>
#include <cstdint>

namespace asiofile::detail {

// For one thread at a time.
class back_off {
 public:
  [[nodiscard]] bool may_try() noexcept {
    if (passing_ == 0) return true;
    --passing_;
    return false;
  }

  void learn(bool has_succeeded) noexcept {
    if (has_succeeded) {
      passing_next_ = 0;
      return;
    }
    passing_ = passing_next_;
    passing_next_ = static_cast<std::uint16_t>(std::min(2 * passing_next_ + 1, passing_max));
  }

 private:
  // A failed try costs about as much as a success saves. At one in this many opportunities,
  // failures have no measurable cost.
  static constexpr int passing_max = 128;

  // How many opportunities are skipped before the next try, and before the one after that if it
  // fails.
  std::uint16_t passing_ = 0;
  std::uint16_t passing_next_ = 0;
};

}  // namespace asiofile::detail
