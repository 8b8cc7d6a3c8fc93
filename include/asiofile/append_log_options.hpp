// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How an `append_log` writes.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asiofile {

/// Where a log continues, and how much it writes at a time. See `basic_append_log`.
struct append_log_options {
  /// Where the log ends now and the next record goes, in bytes from the start of the file. If not
  /// set: the end of the file, which the constructor looks up (fstat(2)). The log owns everything
  /// from there on: what a preallocated or recycled file holds there is overwritten.
  std::optional<std::uint64_t> offset{};

  /// How many bytes of records are written and synchronised together, at most: 1 to 2^30. Records
  /// that do not fit wait for the next batch. A longer record is split over several batches.
  std::size_t buffer_bytes = 1024 * 1024;

  /// Disk space is allocated ahead of the records in steps of this many bytes, 0 to 2^62; 0
  /// allocates nothing ahead. Until the log is closed, the file is longer than the log by what is
  /// allocated, with zeros after the last record. Where the file system cannot allocate
  /// (fallocate(2)), the log fails with `operation_not_supported`.
  std::uint64_t preallocated_bytes = 0;
};

}  // namespace asiofile
