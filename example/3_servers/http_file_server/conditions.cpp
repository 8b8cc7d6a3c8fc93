// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "conditions.hpp"

#include "field_lists.hpp"
#include "http_date.hpp"

#include <array>
#include <charconv>

namespace http_file_server {

namespace {

using std::chrono::sys_seconds;

enum class comparison : std::uint8_t { strong, weak };

bool is_listed(std::string_view list, std::string_view entity_tag, comparison how) {
  if (without_spaces_around(list) == "*") return true;
  for (list_elements left(list); auto element = left.next();) {
    if (how == comparison::weak && element->starts_with("W/")) element->remove_prefix(2);
    if (*element == entity_tag) return true;
  }
  return false;
}

bool is_later(sys_seconds modified, std::string_view date, sys_seconds now, bool if_none) {
  const auto parsed = parse_http_date(date, now);
  return parsed ? modified > *parsed : if_none;
}

void append_hex(std::string& text, std::uint64_t number) {
  std::array<char, 16> digits;
  const auto [end, problem] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  static_cast<void>(problem);  // 16 digits are enough for any.
  text.append(digits.data(), end);
}

}  // namespace

condition_outcome evaluate_conditions(const request& asked, const validators& current,
                                      sys_seconds now) {
  if (!asked.if_match.empty()) {
    if (!is_listed(asked.if_match, current.entity_tag, comparison::strong))
      return condition_outcome::precondition_failed;
  } else if (!asked.if_unmodified_since.empty()) {
    if (is_later(current.last_modified, asked.if_unmodified_since, now, false))
      return condition_outcome::precondition_failed;
  }
  if (!asked.if_none_match.empty()) {
    if (is_listed(asked.if_none_match, current.entity_tag, comparison::weak))
      return condition_outcome::not_modified;
  } else if (!asked.if_modified_since.empty()) {
    if (!is_later(current.last_modified, asked.if_modified_since, now, true))
      return condition_outcome::not_modified;
  }
  return condition_outcome::proceed;
}

bool is_range_current(const request& asked, const validators& current, sys_seconds now) {
  if (asked.if_range.empty()) return true;
  if (asked.if_range.ends_with('"')) return asked.if_range == current.entity_tag;
  // A date counts if it is the file's, and if that cannot have changed twice within it
  // (section 8.8.2.2).
  const auto date = parse_http_date(asked.if_range, now);
  return date && *date == current.last_modified &&
         now - current.last_modified >= std::chrono::seconds(1);
}

std::string make_entity_tag(const asiofile::file_status& status) {
  std::string text = "\"";
  append_hex(text, status.inode);
  text += '-';
  append_hex(text, status.size);
  text += '-';
  append_hex(text, static_cast<std::uint64_t>(status.modification_time.time_since_epoch().count()));
  text += '"';
  return text;
}

}  // namespace http_file_server
