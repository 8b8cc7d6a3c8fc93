// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Where a sparse file has data.

#include "system/system_calls.hpp"

#include <cstdint>

namespace asiofile::detail {

struct extent {
  std::uint64_t offset;
  std::uint64_t bytes;
};

// The first part between two offsets of a file that is no hole; of 0 bytes if there is none. If the
// system or the file system cannot tell, everything counts as data.
[[nodiscard]] extent find_data(system_calls& system, int fd, std::uint64_t begin,
                               std::uint64_t end) noexcept;

}  // namespace asiofile::detail
