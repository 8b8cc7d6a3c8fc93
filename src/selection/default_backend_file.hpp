// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The file `default_backend`, which names the backends to use on a machine.

#include <asiofile/backend.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::detail {

// The most bytes that are read of such a file.
inline constexpr std::size_t default_backend_bytes_max = 64 * 1024;

// What it says.
struct default_backend_content {
  // In the order of the lines, each once. Nothing follows `automatic`.
  std::vector<backend> backends;
  // What is wrong with it, for people.
  std::vector<std::string> problems;
};

// Reads the text of such a file. Everything is allowed in it; a line that is neither empty, nor a
// comment, nor a backend's name is a problem.
default_backend_content parse_default_backend(std::string_view text);

// Reads such a file. One that does not exist says nothing and is no problem. May wait for its file
// system.
default_backend_content read_default_backend(const std::string& path);

// Where it is: by option, by environment, or at the place that the library was built with.
std::string default_backend_path(const std::string& option);

// A variable of the environment; null where it is not set or empty, and where the program runs with
// another user's privileges, whose caller must not choose.
const char* environment_variable(const char* name) noexcept;

// A text from elsewhere, for a message: in quotes, in ASCII, and not long.
std::string in_quotes(std::string_view text);

}  // namespace asiofile::detail
