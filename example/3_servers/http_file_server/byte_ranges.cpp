// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "byte_ranges.hpp"

#include "field_lists.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>

namespace http_file_server {

namespace {

// A number of any size: if it does not fit, the largest that fits, which is behind any file's end.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
  std::uint64_t found = 0;
  const char* const end = digits.data() + digits.size();
  const auto [parsed_to, problem] = std::from_chars(digits.data(), end, found);
  if (parsed_to != end || problem == std::errc::invalid_argument) return std::nullopt;
  if (problem == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return found;
}

// A length of 0 stands for a range that begins behind the end. Returns nothing for bad grammar.
std::optional<byte_range> parse_range(std::string_view text, std::uint64_t size) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, dash);
  const std::string_view after = text.substr(dash + 1);
  if (before.empty()) {
    const auto suffix = parse_position(after);
    if (!suffix) return std::nullopt;
    const std::uint64_t length = std::min(*suffix, size);
    return byte_range{size - length, length};
  }
  const auto first = parse_position(before);
  const auto last =
      after.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_position(after);
  if (!first || !last || *last < *first) return std::nullopt;
  if (*first >= size) return byte_range{size, 0};
  return byte_range{*first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace

range_outcome parse_ranges(std::string_view field, std::uint64_t size, std::size_t ranges_max,
                           std::vector<byte_range>& ranges) {
  ranges.clear();
  constexpr std::string_view unit = "bytes=";
  if (field.size() < unit.size() || !is_same_token(field.substr(0, unit.size()), unit))
    return range_outcome::whole;
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  for (list_elements left(field.substr(unit.size())); const auto element = left.next();) {
    const auto range = parse_range(*element, size);
    if (!range || ++count > ranges_max) return range_outcome::whole;
    if (range->length == 0) continue;
    bytes += range->length;
    ranges.push_back(*range);
    if (ranges.size() > 1 && bytes > size) return range_outcome::whole;
  }
  if (count == 0) return range_outcome::whole;
  return ranges.empty() ? range_outcome::unsatisfiable : range_outcome::partial;
}

}  // namespace http_file_server
