// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Converts the system's status of a file to the public one.

#include <asiofile/file_status.hpp>

#include "system/statx.hpp"

#include <sys/stat.h>

#include <cstdint>

namespace asiofile::detail {

// `mode`: st_mode; its permissions are ignored.
file_type type_from(unsigned mode) noexcept;

file_status status_from(const struct stat& found) noexcept;
#if defined(__linux__) && defined(STATX_BASIC_STATS)
file_status status_from(const struct statx& found) noexcept;
#endif

// Converts the system's time. A time outside the range of `file_time` (before 1677-09-21 or after
// 2262-04-11: ext4, xfs and tmpfs have such times) becomes the first or the last in the range.
file_time time_from(std::int64_t seconds, std::uint32_t nanoseconds) noexcept;

}  // namespace asiofile::detail
