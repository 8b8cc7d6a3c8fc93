// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The values of header fields: RFC 9110, section 5.6.

#include <optional>
#include <string_view>

namespace http_file_server {

// Ignores case.
[[nodiscard]] bool is_same_token(std::string_view a, std::string_view b);

[[nodiscard]] std::string_view without_spaces_around(std::string_view text);

// The elements of a comma-separated list, without the spaces around them; empty ones do not count.
// A comma between double quotes does not separate.
class list_elements {
 public:
  explicit list_elements(std::string_view list) : left_(list) {}

  [[nodiscard]] std::optional<std::string_view> next();

 private:
  std::string_view left_;
};

}  // namespace http_file_server
