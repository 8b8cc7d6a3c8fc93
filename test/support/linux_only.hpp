// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Features that the library has only on Linux:
//
//   if (!test_support::has_linux("renameat2(2)")) return;

#include "skip.hpp"

#include <string>

namespace test_support {

// On a known kind of file system, closing a file does not block and is done inline.
inline constexpr const char* known_file_systems = "kinds of file systems: files close on a worker";

// False if the program is built as for another system; the test case is then reported as skipped.
inline bool has_linux([[maybe_unused]] const std::string& what) {
#if defined(__linux__)
  return true;
#else
  skip("only on Linux: " + what);
  return false;
#endif
}

}  // namespace test_support
