// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The header of an answer, built in a string that is reused: without streams, locales or
// allocations.

#include <boost/beast/http/status.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace http_file_server {

enum class persistence : std::uint8_t {
  implied,  // the default of the client's version of HTTP
  kept,     // the connection stays open, which must be stated for HTTP/1.0
  closed
};

class response_header {
 public:
  // Clears `text` and appends to it.
  response_header(std::string& text, boost::beast::http::status status, std::string_view date,
                  persistence connection);

  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::uint64_t value);
  // Whole lines.
  void fields(std::string_view lines) { text_ += lines; }
  void end() { text_ += "\r\n"; }

 private:
  std::string& text_;
};

void append_number(std::string& text, std::uint64_t number);

// "0-9/100"
void append_content_range(std::string& text, std::uint64_t offset, std::uint64_t length,
                          std::uint64_t size);

}  // namespace http_file_server
