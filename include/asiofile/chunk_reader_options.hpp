// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a `chunk_reader` reads.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asiofile {

/// Which part of a file is read, and how much at a time. See `basic_chunk_reader`.
struct chunk_reader_options {
  /// The size of every chunk but the last, in bytes. 1 to 2^30; on a file opened with `direct`, a
  /// multiple of `io_alignment::offset_bytes`.
  std::size_t chunk_bytes = 256 * 1024;

  /// How many chunks, at least, are being read while one is used: 0 to 1,024. FIFOs, terminals,
  /// sockets and files that answer in pieces (`basic_chunk_reader`) are not read ahead. If not 0,
  /// chunks of less than 256 KiB are read several at a time.
  std::size_t read_ahead = 1;

  /// Where to begin, in bytes from the start of the file. If not set: at the position that a stream
  /// file has when the reader is made, or at the start of a random access file. Ignored on a FIFO,
  /// terminal or socket.
  std::optional<std::uint64_t> offset{};

  /// How many bytes to read at most. If not set: to the end of the file.
  std::optional<std::uint64_t> length{};
};

}  // namespace asiofile
