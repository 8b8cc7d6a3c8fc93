// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the library has on Linux, and elsewhere does without:
//
//   if (!test_support::has_linux("renameat2(2)")) return;

#include "skip.hpp"

#include <string>

namespace test_support {

// Closing a file of a known kind of file system waits for nobody and is done at once.
inline constexpr const char* known_file_systems = "kinds of file systems: files close on a worker";

// False where the program is built as for another system; the test case is then said to be skipped.
inline bool has_linux([[maybe_unused]] const std::string& what) {
#if defined(__linux__)
  return true;
#else
  skip("only on Linux: " + what);
  return false;
#endif
}

}  // namespace test_support
