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

// The most bytes that are read from such a file.
inline constexpr std::size_t default_backend_bytes_max = 64 * 1024;

// Its content.
struct default_backend_content {
  // In the order of the lines, each once. Nothing follows `automatic`.
  std::vector<backend> backends;
  // What is wrong with it, as messages.
  std::vector<std::string> problems;
};

// Reads the text of such a file. Everything is allowed in it; a line that is neither empty, nor a
// comment, nor a backend's name is a problem.
default_backend_content parse_default_backend(std::string_view text);

// Reads such a file. A file that does not exist counts as empty and is no problem. May wait for its
// file system.
default_backend_content read_default_backend(const std::string& path);

// Its path: from the option, the environment, or the default that was set when the library was
// built.
std::string default_backend_path(const std::string& option);

// An environment variable; null if it is unset or empty, and if the program runs with another
// user's privileges, because the caller must not choose then.
const char* environment_variable(const char* name) noexcept;

// Untrusted text, for a message: quoted, in ASCII, and shortened.
std::string in_quotes(std::string_view text);

}  // namespace asiofile::detail
