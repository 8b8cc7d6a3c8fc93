// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "field_lists.hpp"

#include <algorithm>
#include <cstddef>

namespace http_file_server {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t end_of_element(std::string_view list) {
  bool is_quoted = false;
  for (std::size_t i = 0; i != list.size(); ++i) {
    if (list[i] == '"') is_quoted = !is_quoted;
    if (list[i] == ',' && !is_quoted) return i;
  }
  return list.size();
}

}  // namespace

bool is_same_token(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_spaces_around(std::string_view text) {
  constexpr std::string_view spaces = " \t";
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

std::optional<std::string_view> list_elements::next() {
  while (!left_.empty()) {
    const std::size_t end = end_of_element(left_);
    const std::string_view element = without_spaces_around(left_.substr(0, end));
    left_.remove_prefix(std::min(end + 1, left_.size()));
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

}  // namespace http_file_server
