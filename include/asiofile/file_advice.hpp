// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What a program can tell the system about its use of a file.

#include <cstdint>

namespace asiofile {

/// How a part of a file will be used: posix_fadvise(2). Affects only speed.
enum class file_advice : std::uint8_t {
  /// In no particular way.
  normal,
  /// Sequentially: more is read ahead.
  sequential,
  /// At random offsets: nothing is read ahead.
  random,
  /// Soon: the system begins to read it.
  will_need,
  /// Not soon: its cached data may be dropped (except written data that is not yet on the device).
  dont_need,
  /// Once.
  no_reuse
};

}  // namespace asiofile
