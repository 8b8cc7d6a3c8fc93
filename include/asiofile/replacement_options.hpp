// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a replacement is made.

#include <cstdint>

namespace asiofile {

/// Options for opening a `basic_replacement_file`.
struct replacement_options {
  /// Permissions of the file if it replaces none, as for chmod(2), 0 to 07777, less the process's
  /// umask. A file that replaces another keeps that one's permissions.
  std::uint32_t permissions = 0666;
  /// Whether to bypass the page cache, as with `file_base::direct`, with the same requirements on
  /// offsets and buffers: see `io_alignment`. To get a size that is not a multiple, use
  /// `file().resize`.
  bool direct = false;
};

}  // namespace asiofile
