// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A fixture: the test case runs in an empty directory of its own. The code in the documents uses
// relative file names.

#include "temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

struct in_own_directory {
  in_own_directory() { std::filesystem::current_path(directory.root()); }
  ~in_own_directory() { std::filesystem::current_path(before); }

  static void write(const std::string& name, const std::string& content) {
    std::ofstream(name, std::ios::binary) << content;
  }
  static std::string read(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::filesystem::path before = std::filesystem::current_path();
  const test_support::temporary_directory directory;
};
