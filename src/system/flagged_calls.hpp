// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The kernel's reads and writes with flags, and its untorn writes.

#include "system/transfer_flags.hpp"

#include <asiofile/write_flags.hpp>

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>

namespace asiofile::detail {

// preadv2(2), pwritev2(2), not through the C library, which may lack them or refuse flags that it
// does not know; see `system_calls` for what they return.
std::int64_t call_preadv2(int fd, const iovec* buffers, int count, off_t offset,
                          transfer_flags flags) noexcept;
std::int64_t call_pwritev2(int fd, const iovec* buffers, int count, off_t offset,
                           transfer_flags flags) noexcept;

// statx(2), STATX_WRITE_ATOMIC.
untorn_write_limits untorn_writes(int fd) noexcept;

}  // namespace asiofile::detail
