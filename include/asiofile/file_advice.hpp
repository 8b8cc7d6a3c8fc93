// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What a program can tell the system about its use of a file.

#include <cstdint>

namespace asiofile {

/// How a part of a file will be used: posix_fadvise(2). Changes nothing but speed.
enum class file_advice : std::uint8_t {
  /// Nothing in particular.
  normal,
  /// From front to back: more is read ahead.
  sequential,
  /// Here and there: nothing is read ahead.
  random,
  /// Soon: the system begins to read it.
  will_need,
  /// Not again soon: what is cached of it may be dropped (what was written first, where it is not
  /// yet on the device, stays).
  dont_need,
  /// Once.
  no_reuse
};

}  // namespace asiofile
