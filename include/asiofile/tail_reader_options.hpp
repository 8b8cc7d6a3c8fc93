// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a `tail_reader` follows a name.

#include <asiofile/tail_checkpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace asiofile {

/// Where to begin, what a line is, and how changes are noticed. See `basic_tail_reader`.
struct tail_reader_options {
  /// Where an earlier reader had come to. Nothing, or one without an inode: at `start`.
  std::optional<tail_checkpoint> checkpoint{};

  /// Where to begin without a checkpoint: at the beginning of the file that has the name, or at its
  /// end as it is when the first call looks. Where no file has it yet, `end` means nothing: the one
  /// that comes is read from its beginning.
  enum class place : std::uint8_t {
    /// At the beginning of the file.
    beginning,
    /// At its end.
    end
  };
  /// Where to begin without a checkpoint.
  place start = place::beginning;

  /// What ends a line. Any bytes, at least one.
  std::string delimiter = "\n";

  /// The longest line, without its delimiter, in bytes. 1 to 2^40, or to what a `std::size_t` holds.
  /// A longer one is reported as `message_size` when all of it has come, and dropped.
  std::size_t max_line_bytes = 1024 * 1024;

  /// How much is read at a time, in bytes. 1 to 2^30.
  std::size_t buffer_bytes = 64 * 1024;

  /// How often to look where nothing tells of changes: 1 ms to 24 days. Also how long a file without
  /// the name must not have grown before its unfinished last line is delivered.
  std::chrono::milliseconds poll_interval{1000};

  /// Whether to be told of changes by the system, by inotify(7), where it does that: on Linux, of
  /// files on a local file system. Otherwise changes are found by looking every `poll_interval`.
  bool use_notification = true;
};

}  // namespace asiofile
