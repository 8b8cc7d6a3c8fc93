// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Whether allocating space beyond the end of a file changes its size.

namespace asiofile {

/// Whether a part that reaches past the end of a file makes it grow: see `basic_file::allocate` and
/// `basic_file::zero_range`.
enum class size_rule : unsigned char {
  /// The file ends where the part does, if that is beyond its end.
  grow,
  /// The size does not change. Space beyond the end is reserved for later writes
  /// (`FALLOC_FL_KEEP_SIZE` in fallocate(2)).
  keep
};

}  // namespace asiofile
