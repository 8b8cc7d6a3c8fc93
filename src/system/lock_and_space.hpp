// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Kernel calls on parts of files: locks, and space. See `system_calls`.

#include <asiofile/detail/space_change.hpp>

#include <sys/types.h>

#include <cstdint>

namespace asiofile::detail {

std::int64_t call_fallocate(int fd, space_change change, off_t offset, off_t length) noexcept;
std::int64_t call_set_lock(int fd, int type, off_t offset, off_t length) noexcept;

}  // namespace asiofile::detail
