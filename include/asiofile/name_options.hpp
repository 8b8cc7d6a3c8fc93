// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Options of functions that work on names.

#include <cstdint>

namespace asiofile {

/// What to do about a symbolic link at the end of a path. Those before the end are always followed.
enum class symlinks : std::uint8_t {
  /// Follow it.
  follow,
  /// Use the link itself.
  no_follow,
  /// The former name of `no_follow`.
  nofollow [[deprecated("use no_follow")]] = no_follow
};

/// What renaming does if the new name exists.
enum class rename_mode : std::uint8_t {
  /// It atomically becomes the name of the renamed file, and the other file loses it (rename(2)).
  replace,
  /// Renaming fails with `file_exists`.
  no_replace,
  /// The two files exchange their names. Both must exist.
  exchange
};

}  // namespace asiofile
