// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The settings from the command line.

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace benchmark {

struct settings {
  bool quick = false;
  // Runs everything only briefly: shows that it works, and measures nothing.
  bool smoke = false;
  // Where to write; empty: nowhere.
  std::string json_file;
  std::string plot_file;
  // For the data files; some are measured on other file systems, too.
  std::filesystem::path directory = ".";
  std::filesystem::path tmpfs_directory;
  std::filesystem::path xfs_directory;
  // Measure only workloads with this in their name.
  std::string only;
};

class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// `program`: its name. Nothing: help was asked for and has been printed. Throws usage_error.
[[nodiscard]] std::optional<settings> parse_command_line(const char* program, int argc,
                                                         const char* const* argv);

}  // namespace benchmark
