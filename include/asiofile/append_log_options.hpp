// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How an `append_log` writes.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asiofile {

/// Where a log goes on, and how much it gathers. See `basic_append_log`.
struct append_log_options {
  /// Where the log ends now, and the first record goes: bytes from the start of the file. Nothing:
  /// at the end of the file, which the constructor asks for (fstat(2)). The log owns everything
  /// from there on: what a preallocated or recycled file holds there is overwritten.
  std::optional<std::uint64_t> offset{};

  /// How many bytes of records are written and synchronised together, at most: 1 to 2^30. Records
  /// that find no room wait for the next batch. A longer record is written in several.
  std::size_t buffer_bytes = 1024 * 1024;

  /// Disk space is allocated in steps of so many bytes, ahead of the records: up to 2^62. 0: none
  /// ahead. The file is that much longer than the log meanwhile, with zeros behind the last record.
  /// Where the file system cannot (fallocate(2)), the log fails: `operation_not_supported`.
  std::uint64_t preallocated_bytes = 0;
};

}  // namespace asiofile
