// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What the system knows about a file.

#include <chrono>
#include <cstdint>

namespace asiofile {

/// The kind of a file.
enum class file_type : std::uint8_t {
  /// Not reported by the system, or none of the others.
  unknown,
  /// A regular file.
  regular,
  /// A directory.
  directory,
  /// A symbolic link.
  symbolic_link,
  /// A block device, such as a disk.
  block_device,
  /// A character device, such as a terminal.
  character_device,
  /// A FIFO or pipe.
  fifo,
  /// A socket.
  socket
};

/// A point in time as file systems record it: the system's clock, in nanoseconds, from 1677-09-21
/// to 2262-04-11. Times beyond (ext4, xfs, btrfs and tmpfs can store them) are reported as
/// `file_time::min()` or `file_time::max()`.
using file_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// What the system knows about a file: statx(2), or fstat(2) where there is no such call or a
/// sandbox refuses it.
struct file_status {
  /// Its kind.
  file_type type = file_type::unknown;
  /// Permission bits as chmod(2) takes them: 0 to 07777.
  std::uint32_t permissions = 0;
  /// Numeric id of the user who owns it.
  std::uint32_t owner = 0;
  /// Numeric id of its group.
  std::uint32_t group = 0;
  /// Number of its names (hard links).
  std::uint64_t link_count = 0;
  /// Size in bytes; of a block device, that of the device.
  std::uint64_t size = 0;
  /// Bytes that it occupies in its file system. Fewer than `size` if it is sparse.
  std::uint64_t allocated_bytes = 0;
  /// The preferred size of a transfer, in bytes (`st_blksize` of stat(2)).
  std::uint32_t preferred_block_bytes = 0;
  /// Number of the device that it is on. Together with `inode` it identifies the file: two names or
  /// descriptors with the same numbers are one file.
  std::uint64_t device = 0;
  /// Number of the file on its device.
  std::uint64_t inode = 0;
  /// When its data was last read.
  file_time access_time{};
  /// When its data was last changed.
  file_time modification_time{};
  /// When the file or this status was last changed.
  file_time change_time{};
  /// When it was created; the epoch where the file system does not record it.
  file_time creation_time{};
};

}  // namespace asiofile
