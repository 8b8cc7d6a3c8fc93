// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The alignment that a file's reads and writes require, and functions to achieve it.

#include <cstddef>
#include <cstdint>

namespace asiofile {

/// The alignment that operations on a file opened with `file_base::direct` require:
/// `basic_file::alignment` returns it. Other files require none.
///
/// \par Where it comes from
/// The first of these sources that gives an answer:
///
/// | source | answered by |
/// |---|---|
/// | statx(2), `STATX_DIOALIGN` | Linux 6.1 and newer: ext4, xfs, f2fs, block devices, others |
/// | ioctl `BLKSSZGET` | block devices on older kernels: the logical sector size |
/// | ioctl `XFS_IOC_DIOINFO` | xfs on older kernels |
/// | statvfs(3), `f_frsize` | any other: the file system's block size |
/// | 4,096 | where that is not a power of two from 512 to 65,536 |
///
/// All but the first give a safe alignment, not the least possible one. If `STATX_DIOALIGN` reports
/// that the file goes through the cache after all (ext4 with `data=journal`), nothing needs to be
/// aligned.
struct io_alignment {
  /// Each buffer's address must be a multiple of this many bytes. A power of two.
  std::size_t memory_bytes = 1;

  /// The offset and each buffer's size must be multiples of this many bytes. A power of two.
  std::size_t offset_bytes = 1;

  /// Whether both are equal.
  friend constexpr bool operator==(const io_alignment&, const io_alignment&) noexcept = default;
};

/// The greatest multiple of `alignment_bytes` that is at most `bytes`.
///
/// \param bytes an offset or length.
/// \param alignment_bytes a power of two.
[[nodiscard]] constexpr std::uint64_t align_down(std::uint64_t bytes,
                                                 std::size_t alignment_bytes) noexcept {
  return bytes & ~(static_cast<std::uint64_t>(alignment_bytes) - 1);
}

/// The least multiple of `alignment_bytes` that is at least `bytes`.
///
/// \param bytes an offset or length; 0 is returned where the multiple would be 2^64.
/// \param alignment_bytes a power of two.
[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t bytes,
                                               std::size_t alignment_bytes) noexcept {
  return align_down(bytes + (static_cast<std::uint64_t>(alignment_bytes) - 1), alignment_bytes);
}

/// Whether `bytes` is a multiple of `alignment_bytes`.
///
/// \param bytes an offset or length.
/// \param alignment_bytes a power of two.
[[nodiscard]] constexpr bool is_aligned(std::uint64_t bytes, std::size_t alignment_bytes) noexcept {
  return align_down(bytes, alignment_bytes) == bytes;
}

}  // namespace asiofile
