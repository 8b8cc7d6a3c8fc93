// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a `line_reader` reads.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace asiofile {

/// What a line is, and how much is read at a time. See `basic_line_reader`.
struct line_reader_options {
  /// The delimiter that ends a line. Any bytes, at least one: "\n", "\r\n", std::string(1, '\0').
  std::string delimiter = "\n";

  /// The longest line, without its delimiter, in bytes. 1 to 2^40, or to the largest `std::size_t`.
  /// A longer one is dropped, and reported as `message_size` when all of it has been read.
  std::size_t max_line_bytes = 1024 * 1024;

  /// The former name of `max_line_bytes`, which it overrides unless it is 0. (Not marked as
  /// deprecated: g++ would warn about every object of this type.)
  std::size_t line_bytes_max = 0;

  /// How much is read at a time, in bytes. 1 to 2^30; on a file opened with `direct`, a multiple
  /// of `io_alignment::offset_bytes`.
  std::size_t buffer_bytes = 128 * 1024;

  /// How many reads are in flight while the lines of an earlier one are used: 0 to 64. FIFOs,
  /// terminals and sockets are not read ahead.
  std::size_t read_ahead = 1;

  /// Where to begin, in bytes from the start of the file. If not set: at the position that a stream
  /// file has when the reader is made, or at the start of a random access file. Ignored on a FIFO,
  /// terminal or socket.
  std::optional<std::uint64_t> offset{};

  /// For files that others append to: a last line without its delimiter is unfinished, and is kept
  /// until the delimiter has been read. Otherwise the end of the file ends it, and a delimiter that
  /// is appended later ends an empty line. A file that becomes shorter has no more lines until it
  /// is longer again (`basic_line_reader`, "Following a log").
  bool follow = false;
};

}  // namespace asiofile
