// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What becomes of a file's size when space behind its end is allocated.

namespace asiofile {

/// Whether a part that reaches past the end of a file makes it grow: see `basic_file::allocate` and
/// `basic_file::zero_range`.
enum class size_rule : unsigned char {
  /// The file ends where the part does, if that is further on.
  grow,
  /// The size stays as it is. Space behind the end belongs to the file all the same, and the writes
  /// that get there find it (`FALLOC_FL_KEEP_SIZE` in fallocate(2)).
  keep
};

}  // namespace asiofile
