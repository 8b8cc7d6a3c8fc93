// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How functions that work on names treat what the names lead to.

#include <cstdint>

namespace asiofile {

/// What to do about a symbolic link at the end of a path. Those before the end are always followed.
enum class symlinks : std::uint8_t {
  /// Go to where it leads.
  follow,
  /// Take the link itself.
  no_follow,
  /// The former name of `no_follow`.
  nofollow [[deprecated("use no_follow")]] = no_follow
};

/// What renaming does where the new name exists.
enum class rename_mode : std::uint8_t {
  /// It names the renamed file from then on, and the other is gone; there is no moment without
  /// either (rename(2)).
  replace,
  /// It is left alone: `file_exists`.
  no_replace,
  /// The two change places. Both must exist.
  exchange
};

}  // namespace asiofile
