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
  /// The checkpoint of an earlier reader. If not set, or without an inode, reading begins at
  /// `start`.
  std::optional<tail_checkpoint> checkpoint{};

  /// Where to begin without a checkpoint: at the beginning of the file that has the name, or at its
  /// end at the time of the first call. If no file has the name yet, `end` has no effect: a file
  /// that is created later is read from its beginning.
  enum class place : std::uint8_t {
    /// At the beginning of the file.
    beginning,
    /// At its end.
    end
  };
  /// Where to begin without a checkpoint.
  place start = place::beginning;

  /// The delimiter that ends a line. Any bytes, at least one.
  std::string delimiter = "\n";

  /// The longest line, without its delimiter, in bytes. 1 to 2^40, or to the largest `std::size_t`.
  /// A longer one is dropped, and reported as `message_size` when all of it has been read.
  std::size_t max_line_bytes = 1024 * 1024;

  /// How much is read at a time, in bytes. 1 to 2^30.
  std::size_t buffer_bytes = 64 * 1024;

  /// How often to check for changes that are not notified: 1 ms to 24 days. Also how long a file
  /// that has lost its name must not have grown before its unfinished last line is delivered.
  std::chrono::milliseconds poll_interval{1000};

  /// Whether to use inotify(7) for notification of changes, where it works: on Linux, for files on
  /// a local file system. Otherwise the file is checked every `poll_interval`.
  bool use_notification = true;
};

}  // namespace asiofile
