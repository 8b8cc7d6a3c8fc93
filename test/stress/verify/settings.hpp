// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The command line of the verify run.

#include <asiofile/backend.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace verify {

struct settings {
  std::uint64_t seed = 0;
  std::chrono::seconds duration{20};
  // One for each context, in rotation.
  std::vector<asiofile::backend> backends;
  std::string directory;
  std::size_t contexts = 2;
  std::size_t threads_per_context = 2;
  std::size_t files_per_context = 6;
  std::uint32_t blocks_per_file = 256;
  // The number of the only cycle to run; 0: all.
  std::size_t only_cycle = 0;
};

// The result of `read_settings`: settings, or the code to exit with immediately.
struct settings_or_exit {
  verify::settings settings;
  int exit_code = -1;
};

settings_or_exit read_settings(int argument_count, const char* const* arguments);

}  // namespace verify
