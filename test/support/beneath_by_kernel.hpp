// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "system/beneath_open.hpp"

#include <cerrno>
#include <cstdint>
#include <string>

namespace test_support {

// openat2(2) beneath a directory, repeated while anything on the machine is renamed (EAGAIN).
inline std::int64_t open_beneath_by_kernel(int root, const std::string& path, int open_flags) {
  std::int64_t result;
  do {
    result = asiofile::detail::open_beneath_by_kernel(root, path.c_str(), open_flags);
  } while (result == -EAGAIN);
  return result;
}

}  // namespace test_support
