// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Options of a simulated file system.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace asiofile::testing {

/// What a crash leaves of names that were created, changed or removed since their directory was
/// last synchronised.
enum class names_in_crash : std::uint8_t {
  /// Any consistent subset of the changes, as the seed decides: if a change is lost, so are those
  /// that depend on it, of the same name or in a directory that it has created. The least that
  /// POSIX guarantees.
  any_subset,
  /// All changes, in order, up to one that the seed decides, and none after it, as on file systems
  /// with a journal (ext4, xfs).
  in_order,
  /// None.
  none
};

/// Options of a `file_system`. A value out of its range makes its constructor throw
/// `boost::system::system_error` with `invalid_argument`, whose text names the option.
struct file_system_options {
  /// Decides all random choices. The same seed gives the same run: see `file_system`.
  std::uint64_t seed = 1;

  /// The probability that a read or write of more than one byte transfers only a part, 0 to 1.
  /// Programs must expect that of every file; regular files do it when the disk is full or a signal
  /// arrives.
  double short_transfers = 0;

  /// The probability that a request to cancel an operation is ignored, although the operation has
  /// had no effect yet, 0 to 1. In reality, reads and writes of disks can rarely be cancelled.
  double ignored_cancellations = 0;

  /// The capacity in bytes of data, counted in whole sectors. Names and directories take none. 0:
  /// nothing can be written. Writes that do not fit are short, or fail with `no_space_on_device`.
  std::uint64_t capacity_bytes = std::numeric_limits<std::uint64_t>::max();

  /// The sector size, which is written atomically when the power fails: 512 to 4,096 bytes, a power
  /// of two. Transfers of files that are open with `direct` must be aligned to it.
  std::size_t sector_bytes = 512;

  /// The least time that an operation takes on the virtual clock: 0 to one hour. The seed decides
  /// between this and `delay_max`, so that operations in flight complete in any order.
  std::chrono::nanoseconds delay_min = std::chrono::microseconds(10);
  /// The most time that an operation takes on the virtual clock: `delay_min` to one hour.
  std::chrono::nanoseconds delay_max = std::chrono::milliseconds(1);

  /// What a crash leaves of changes of names that are not durable.
  names_in_crash names = names_in_crash::any_subset;

  /// Whether `file_system::history` records every call and every end of an operation.
  bool history = false;
};

}  // namespace asiofile::testing
