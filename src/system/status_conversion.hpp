// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From what the system says about a file to what users see.

#include <asiofile/file_status.hpp>

#include "system/statx.hpp"

#include <sys/stat.h>

#include <cstdint>

namespace asiofile::detail {

// `mode`: st_mode, of which the permissions do not matter.
file_type type_from(unsigned mode) noexcept;

file_status status_from(const struct stat& found) noexcept;
#if defined(__linux__) && defined(STATX_BASIC_STATS)
file_status status_from(const struct statx& found) noexcept;
#endif

// As the system has it; what a `file_time` cannot be (before 1677-09-21, after 2262-04-11: ext4,
// xfs and tmpfs have such times) is the first or the last that it can.
file_time time_from(std::int64_t seconds, std::uint32_t nanoseconds) noexcept;

}  // namespace asiofile::detail
