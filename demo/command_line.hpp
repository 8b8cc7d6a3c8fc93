// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The settings from the demo's command line.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace demo {

struct settings {
  // Empty: a file of `made_bytes` is made.
  std::filesystem::path source;
  // Where the file is made and the copies go.
  std::filesystem::path directory = ".";
  std::size_t block_bytes = 256 * 1024;
  std::size_t depth = 32;
  std::uint64_t made_bytes = std::uint64_t{256} << 20;
  // How often each engine copies; 0: as often as the file's size allows.
  std::size_t rounds = 0;
};

// An invalid command line.
class usage_error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Returns nothing if help was asked for and has been printed. Throws usage_error.
std::optional<settings> parse_command_line(int argc, const char* const* argv);

}  // namespace demo
