// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a replacement is made.

#include <cstdint>

namespace asiofile {

/// What a `basic_replacement_file` can be told when it is opened.
struct replacement_options {
  /// Of the file where it replaces none, as chmod(2) has them, 0 to 07777, less the process's
  /// umask. One that replaces another gets that one's rights.
  std::uint32_t permissions = 0666;
  /// Written past the page cache, as with `file_base::direct`, and with the same demands on offsets
  /// and buffers: see `io_alignment`. A size that is no multiple is set with `file().resize`.
  bool direct = false;
};

}  // namespace asiofile
