// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The settings from the command line.

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace benchmark::server {

// How much is measured.
enum class extent {
  // One short round for each contender: shows that everything works, and measures nothing.
  smoke,
  quick,
  full
};

struct settings {
  extent measured = extent::full;
  // Where to write; empty: nowhere.
  std::string json_file;
  std::string plot_file;
  // For the files that are served, on a disk.
  std::filesystem::path directory = ".";
  // On a device whose reads are slow; empty: nothing is measured there.
  std::filesystem::path slow_directory;
  // Programs, by path or name.
  std::string asiofile_server;
  std::string nginx = "nginx";
  std::string wrk = "wrk";
  // Measure only workloads with this in their name.
  std::string only;
};

class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Nothing: help was asked for and has been printed. Throws usage_error.
[[nodiscard]] std::optional<settings> parse_command_line(int argc, const char* const* argv);

}  // namespace benchmark::server
