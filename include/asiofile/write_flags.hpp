// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a single write is made: durable, untorn.

#include <cstddef>
#include <cstdint>

namespace asiofile {

/// What a single write guarantees in addition. A bitmask: combine with `|`. See
/// `basic_random_access_file::async_write_some_at`.
enum class write_flags : std::uint8_t {
  /// An ordinary write.
  none = 0,

  /// The bytes of this write, and the metadata that is needed to read them back, are durable when
  /// it completes: `RWF_DSYNC` of pwritev2(2), Linux 4.7. If the system has no such flag, or
  /// refuses it, an fdatasync(2) follows the write.
  ///
  /// This does not make any other write durable, not even writes that completed before: use
  /// `async_write_and_sync_data_at` or `async_sync_data` for that. With `file_base::direct`, drives
  /// that support forced unit access (FUA) need not flush their cache. Which is faster depends on
  /// the device: see `doc/durability.md`.
  durable = 1,

  /// After a crash of the system or a power cut, the file has either all of the bytes or none:
  /// `RWF_ATOMIC` of pwritev2(2), Linux 6.11. That does not make it durable: combine it with
  /// `durable`.
  ///
  /// Only within the limits of `basic_file::untorn_writes`: on a file that was opened with
  /// `file_base::direct`, a size that is a power of two, at an offset that is a multiple of it.
  /// Never split: it is written as a whole or fails.
  untorn = 2
};

/// The flags that are in either.
[[nodiscard]] constexpr write_flags operator|(write_flags x, write_flags y) noexcept {
  return static_cast<write_flags>(static_cast<unsigned>(x) | static_cast<unsigned>(y));
}

/// The flags that are in both.
[[nodiscard]] constexpr write_flags operator&(write_flags x, write_flags y) noexcept {
  return static_cast<write_flags>(static_cast<unsigned>(x) & static_cast<unsigned>(y));
}

/// Adds the flags of `y`.
constexpr write_flags& operator|=(write_flags& x, write_flags y) noexcept { return x = x | y; }
/// Keeps the flags that are in `y`.
constexpr write_flags& operator&=(write_flags& x, write_flags y) noexcept { return x = x & y; }

/// The limits of untorn writes to a file: `basic_file::untorn_writes`. All are 0 if it supports
/// none.
///
/// From statx(2), `STATX_WRITE_ATOMIC` (Linux 6.11). Supported by block devices whose drive can do
/// it, by ext4 and xfs on those since Linux 6.13 (one block) and 6.16 (several), and by xfs with
/// shared blocks (`reflink`) on any device since Linux 6.16.
struct untorn_write_limits {
  /// The least size of one in bytes: a power of two.
  std::size_t unit_min = 0;
  /// The greatest size of one in bytes: a power of two.
  std::size_t unit_max = 0;
  /// How many buffers it may consist of, at most.
  std::size_t buffers_max = 0;

  /// Whether all limits are equal.
  friend constexpr bool operator==(const untorn_write_limits&,
                                   const untorn_write_limits&) noexcept = default;
};

}  // namespace asiofile
