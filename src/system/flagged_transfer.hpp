// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Reads and writes with `transfer_flags`, and their replacements on systems without these.

#include "system/transfer_flags.hpp"

#include <asiofile/detail/operation.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

class system_calls;

// As `transfer_some`, with at least one flag:
//
// - durable: if it is refused, a plain write and fdatasync(2). Returns the error of either.
// - untorn: in one call or not at all. -EOPNOTSUPP if the system or the file has no such writes.
// - uncached: if it is refused, a plain transfer; the bit is then cleared.
std::int64_t transfer_some_flagged(system_calls& system, int fd, operation_kind kind,
                                   bool is_at_own_position, std::uint64_t offset, iovec* buffers,
                                   std::size_t count, transfer_flags& flags) noexcept;

}  // namespace asiofile::detail
