// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The settings from the command line.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace http_file_server {

struct options {
  std::string directory;
  std::string address = "0.0.0.0";
  // 0: any free port.
  std::uint16_t port = 8080;
  unsigned threads = 1;

  // For the first byte of a request, on a new connection and between requests.
  std::chrono::seconds idle_timeout{60};
  // From a request's first byte to the end of its header.
  std::chrono::seconds header_timeout{15};
  // For a client that accepts no data.
  std::chrono::seconds send_timeout{60};
  // For the requests in flight when the server is stopped.
  std::chrono::seconds stop_timeout{10};

  std::size_t header_bytes_max = 16 * 1024;
  std::size_t target_bytes_max = 8 * 1024;
  std::size_t ranges_max = 64;
  std::size_t listed_entries_max = 10'000;
  // Of all threads together.
  std::size_t connections_max = 10'000;

  // Of each thread. 0: every request opens its file.
  std::size_t cached_files_max = 256;
  std::chrono::milliseconds cache_age{1000};

  bool lists_directories = true;
  // Empty: none; "-": the standard output.
  std::string access_log;
  bool is_quiet = false;
};

// Nothing if the user has asked for help, which is then printed.
//
// Throws std::exception, with a message for the user.
[[nodiscard]] std::optional<options> parse_options(int argc, const char* const* argv);

}  // namespace http_file_server
