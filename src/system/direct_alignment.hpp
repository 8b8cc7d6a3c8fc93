// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/io_alignment.hpp>

namespace asiofile::detail {

// The alignment that the kernel demands for transfers of a file that is open with O_DIRECT.
[[nodiscard]] io_alignment alignment_of_direct(int fd) noexcept;

}  // namespace asiofile::detail
