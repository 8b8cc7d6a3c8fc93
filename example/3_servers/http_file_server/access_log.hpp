// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A line for each request, in the common log format, written in the background: no request waits
// for the log's disk, or for the reader of its pipe.

#include "types.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace http_file_server {

// Shared by all event loops, which add lines; the one of `context` writes them.
class access_log {
 public:
  // `path`: a file to append to; "-": the standard output. Throws std::exception.
  access_log(asio::io_context& context, const std::string& path);

  struct line {
    std::string_view client;
    std::string_view date;
    std::string_view method;
    std::string_view target;
    int version = 0;
    unsigned status = 0;
    std::uint64_t body_bytes = 0;
  };

  [[nodiscard]] bool is_of(const asio::io_context& context) const { return &context_ == &context; }

  // From any thread. If the log does not keep up, lines are dropped and counted.
  void add(const line& added);

  // Writes what was added, on the context's thread, unless a write is in progress.
  void write();

  // Writes the rest when no more lines are added: the context runs until that is done.
  void finish();

 private:
  // How much may wait before it is written without waiting for `write`, and before lines are
  // dropped.
  static constexpr std::size_t written_bytes = 64 * 1024;
  static constexpr std::size_t waiting_bytes_max = 8 * 1024 * 1024;

  using stream_file = asiofile::basic_stream_file<executor>;
  using writer = asiofile::basic_file_writer<executor>;

  bool take_waiting();
  void on_written(const error_code& ec);

  asio::io_context& context_;
  stream_file file_;
  std::optional<writer> writer_;
  std::string writing_;
  bool is_writing_ = false;
  bool has_failed_ = false;

  std::mutex mutex_;
  // These three under the mutex.
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  bool is_write_posted_ = false;
};

}  // namespace http_file_server
