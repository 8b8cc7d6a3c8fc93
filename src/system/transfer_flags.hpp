// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Flags of a read or write: those of preadv2(2) and pwritev2(2), with the kernel's values, because
// headers may be older than the running kernel (<linux/fs.h>).

#include <asiofile/write_flags.hpp>

#include <cstdint>

namespace asiofile::detail {

using transfer_flags = std::uint8_t;

inline constexpr transfer_flags durable_flag = 0x02;   // RWF_DSYNC, Linux 4.7
inline constexpr transfer_flags untorn_flag = 0x40;    // RWF_ATOMIC, Linux 6.11
inline constexpr transfer_flags uncached_flag = 0x80;  // RWF_DONTCACHE, Linux 6.14

// Unknown bits are ignored.
[[nodiscard]] constexpr transfer_flags native_flags(write_flags flags) noexcept {
  transfer_flags native = 0;
  if ((flags & write_flags::durable) != write_flags::none) native |= durable_flag;
  if ((flags & write_flags::untorn) != write_flags::none) native |= untorn_flag;
  return native;
}

}  // namespace asiofile::detail
