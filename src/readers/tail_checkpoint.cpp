// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include <asiofile/tail_checkpoint.hpp>

#include <charconv>
#include <system_error>

namespace asiofile {

namespace {

constexpr std::string_view version = "v1";
constexpr std::string_view blanks = " \t\r\n";

// Removes a blank and a number from the front.
template <typename Number>
bool take_number(std::string_view& text, Number& number) noexcept {
  if (text.empty() || text.front() != ' ') return false;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(behind - text.data()));
  return true;
}

}  // namespace

std::string tail_checkpoint::to_string() const {
  std::string text(version);
  const auto add = [&](auto number) { text.append(1, ' ').append(std::to_string(number)); };
  add(device);
  add(inode);
  add(created_nanoseconds);
  add(offset);
  add(fingerprint);
  return text;
}

std::optional<tail_checkpoint> tail_checkpoint::parse(std::string_view text) noexcept {
  if (!text.starts_with(version)) return std::nullopt;
  text.remove_prefix(version.size());
  tail_checkpoint found;
  const bool is_whole = take_number(text, found.device) && take_number(text, found.inode) &&
                        take_number(text, found.created_nanoseconds) &&
                        take_number(text, found.offset) && take_number(text, found.fingerprint);
  if (!is_whole || text.find_first_not_of(blanks) != text.npos) return std::nullopt;
  return found;
}

}  // namespace asiofile
