// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/lock_mode.hpp>

#include <fcntl.h>

namespace asiofile::detail {

// A lock as fcntl(2) has it.
constexpr int lock_type(lock_mode mode) noexcept {
  return mode == lock_mode::shared ? F_RDLCK : F_WRLCK;
}

}  // namespace asiofile::detail
