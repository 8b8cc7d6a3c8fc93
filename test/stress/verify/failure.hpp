// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What ends the verify run: the first thing that is wrong.

#include <cstdint>
#include <string>

namespace verify {

// The seed of the run, for the report of a failure.
void remember_seed(std::uint64_t seed) noexcept;

// Prints the seed and what is wrong, and ends the process at once with exit code 1: the files stay
// as they are, to be looked at.
[[noreturn]] void fail(const std::string& what);

inline void require(bool condition, const std::string& what) {
  if (!condition) fail(what);
}

}  // namespace verify
