// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "response_header.hpp"

#include <array>
#include <charconv>
// Needed by Beast's status codes in Boost 1.81.
#include <ostream>

namespace http_file_server {

void append_number(std::string& text, std::uint64_t number) {
  std::array<char, 20> digits;
  // As many digits as the largest number has.
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_content_range(std::string& text, std::uint64_t offset, std::uint64_t length,
                          std::uint64_t size) {
  append_number(text, offset);
  text += '-';
  append_number(text, offset + length - 1);
  text += '/';
  append_number(text, size);
}

response_header::response_header(std::string& text, boost::beast::http::status status,
                                 std::string_view date, persistence connection)
    : text_(text) {
  text_ = "HTTP/1.1 ";
  append_number(text_, static_cast<unsigned>(status));
  text_ += ' ';
  const auto reason = boost::beast::http::obsolete_reason(status);
  text_.append(reason.data(), reason.size());
  text_ += "\r\nServer: asiofile\r\nDate: ";
  text_ += date;
  text_ += "\r\n";
  if (connection == persistence::kept) text_ += "Connection: keep-alive\r\n";
  if (connection == persistence::closed) text_ += "Connection: close\r\n";
}

void response_header::field(std::string_view name, std::string_view value) {
  text_ += name;
  text_ += ": ";
  text_ += value;
  text_ += "\r\n";
}

void response_header::field(std::string_view name, std::uint64_t value) {
  text_ += name;
  text_ += ": ";
  append_number(text_, value);
  text_ += "\r\n";
}

}  // namespace http_file_server
