// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a synchronous open throws.

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <string>
#include <string_view>

namespace asiofile::detail {

// In double quotes. Paths may come from anywhere, and the text goes to logs and terminals: what
// does not print, and what would end the quotes, is escaped as C++ does.
inline std::string quoted_path(std::string_view path) {
  constexpr char digits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char each : path) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\x";
      quoted += digits[byte >> 4];
      quoted += digits[byte & 0xf];
    } else {
      if (each == '"' || each == '\\') quoted += '\\';
      quoted += each;
    }
  }
  return quoted += '"';
}

// `what()` begins with the function's name and the path.
inline void throw_on_open(const boost::system::error_code& ec, const char* function,
                          std::string_view path) {
  if (ec) {
    boost::throw_exception(
        boost::system::system_error(ec, std::string(function) + ' ' + quoted_path(path)));
  }
}

inline void throw_on_open(const boost::system::error_code& ec, const char* function,
                          std::string_view path, std::string_view root) {
  if (ec) {
    boost::throw_exception(boost::system::system_error(
        ec, std::string(function) + ' ' + quoted_path(path) + " in " + quoted_path(root)));
  }
}

}  // namespace asiofile::detail
