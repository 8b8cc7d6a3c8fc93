// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How the verify run ends at the first failure.

#include <cstdint>
#include <string>

namespace verify {

// The seed of the run, for the report of a failure.
void remember_seed(std::uint64_t seed) noexcept;

// Prints the seed and the failure, and ends the process immediately with exit code 1: the files
// stay as they are, for inspection.
[[noreturn]] void fail(const std::string& what);

inline void require(bool condition, const std::string& what) {
  if (!condition) fail(what);
}

}  // namespace verify
