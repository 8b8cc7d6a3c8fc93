// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What one system call reports about a file that has just been opened.

#include "system/file_systems.hpp"

#include <asiofile/file_status.hpp>

#include <sys/stat.h>
#include <sys/types.h>

namespace asiofile::detail {

struct first_look {
  file_status status;
  file_system_id file_system;
  // As from fstat(2).
  mode_t mode = 0;
};

// From fstat(2).
[[nodiscard]] first_look look_from(const struct stat& found) noexcept;

}  // namespace asiofile::detail
