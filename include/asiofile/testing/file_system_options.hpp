// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What a test may choose about a simulated file system.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace asiofile::testing {

/// What a crash leaves of names that were created, changed or removed, but whose directory was not
/// synchronised since.
enum class names_in_crash : std::uint8_t {
  /// Any subset that is possible at all, as the seed decides: where a change is lost, so are those
  /// that build on it, of the same name or in a directory that it has made. The least that POSIX
  /// promises.
  any_subset,
  /// All changes up to one that the seed decides, in their order, and none after it: as file
  /// systems with a journal do (ext4, xfs).
  in_order,
  /// None.
  none
};

/// Options of a `file_system`. A value out of its range makes its constructor throw
/// `boost::system::system_error` with `invalid_argument`, whose text names the option.
struct file_system_options {
  /// Decides all that is left to chance. The same seed gives the same run: see `file_system`.
  std::uint64_t seed = 1;

  /// How often a read or write of more than one byte transfers only a part, 0 to 1. Programs must
  /// expect that of every file; regular files do it when the disk is full, or a signal arrives.
  double short_transfers = 0;

  /// How often a request to cancel an operation comes too late, although the operation has had no
  /// effect yet, 0 to 1. Reads and writes of disks can hardly be cancelled in reality.
  double ignored_cancellations = 0;

  /// How many bytes of data there is room for, counted in sectors. Names and directories take none.
  /// 0: nothing can be written. Writes that do not fit are short, or fail with
  /// `no_space_on_device`.
  std::uint64_t capacity_bytes = std::numeric_limits<std::uint64_t>::max();

  /// What is written whole or not at all when the power fails: 512 to 4,096 bytes, a power of two.
  /// Transfers of files that are open with `direct` must be aligned to it.
  std::size_t sector_bytes = 512;

  /// How long an operation takes on the virtual clock, at least: 0 to one hour. The seed decides
  /// between this and `delay_max`, so that operations in flight at a time end in any order.
  std::chrono::nanoseconds delay_min = std::chrono::microseconds(10);
  /// How long an operation takes on the virtual clock, at most: `delay_min` to one hour.
  std::chrono::nanoseconds delay_max = std::chrono::milliseconds(1);

  /// What a crash leaves of names that are not durable.
  names_in_crash names = names_in_crash::any_subset;

  /// Whether `file_system::history` records every call and every end of an operation.
  bool history = false;
};

}  // namespace asiofile::testing
