// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>

namespace asiofile::detail {

// What fallocate(2) does to a part of a file.
enum class space_change : std::uint8_t {
  allocate,            // without flags
  allocate_keep_size,  // FALLOC_FL_KEEP_SIZE
  punch_hole,          // FALLOC_FL_PUNCH_HOLE, FALLOC_FL_KEEP_SIZE
  zero,                // FALLOC_FL_ZERO_RANGE
  zero_keep_size       // FALLOC_FL_ZERO_RANGE, FALLOC_FL_KEEP_SIZE
};

// Whether a part that reaches past the end makes the file grow.
[[nodiscard]] constexpr bool grows_file(space_change change) noexcept {
  return change == space_change::allocate || change == space_change::zero;
}

}  // namespace asiofile::detail
