// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a `file_writer` writes.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asiofile {

/// Where a writer writes, and how much it buffers. See `basic_file_writer`.
struct file_writer_options {
  /// The size of a buffer in bytes: how much is collected before it is written. 1 to 2^30; on a
  /// file opened with `direct`, a multiple of `io_alignment::offset_bytes`.
  std::size_t buffer_bytes = 256 * 1024;

  /// How many buffers there are: one is filled while the others are being written. 1 to 1,024.
  std::size_t buffers = 4;

  /// Where to begin, in bytes from the start of the file. If not set: at the position that a stream
  /// file has when the writer is made, or at the start of a random access file. Ignored on a file
  /// opened with `append`, which is written at its end, and on a FIFO, terminal or socket.
  std::optional<std::uint64_t> offset{};
};

}  // namespace asiofile
