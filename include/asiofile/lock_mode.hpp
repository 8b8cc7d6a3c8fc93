// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How a file, or a part of it, is locked.

namespace asiofile {

/// What a lock excludes: see `basic_file::lock`.
enum class lock_mode : unsigned char {
  /// Excludes exclusive locks. Any number of files may hold a shared lock on the same bytes. The
  /// file must be open for reading.
  shared,
  /// Excludes all other locks. The file must be open for writing.
  exclusive
};

}  // namespace asiofile
