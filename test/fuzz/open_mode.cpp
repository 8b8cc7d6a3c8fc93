// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// parse_open_mode compared with the table in its documentation.

#include "check.hpp"

#include <asiofile/open_mode.hpp>

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace {

using asiofile::file_base;

// By the letters without "b", sorted.
const std::map<std::string, file_base::flags>& modes() {
  constexpr auto created = file_base::create | file_base::truncate;
  constexpr auto fresh = file_base::create | file_base::exclusive;
  constexpr auto appended = file_base::create | file_base::append;
  static const std::map<std::string, file_base::flags> table{
      {"r", file_base::read_only},
      {"+r", file_base::read_write},
      {"w", file_base::write_only | created},
      {"+w", file_base::read_write | created},
      {"a", file_base::write_only | appended},
      {"+a", file_base::read_write | appended},
      {"x", file_base::write_only | fresh},
      {"+x", file_base::read_write | fresh},
      {"wx", file_base::write_only | fresh},
      {"+wx", file_base::read_write | fresh}};
  return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string mode(reinterpret_cast<const char*>(bytes), size);
  std::string letters = mode;
  std::ranges::sort(letters);
  // At most once, as all the other letters, which the table enforces.
  const bool has_two_b = std::ranges::count(letters, 'b') > 1;
  std::erase(letters, 'b');
  const auto known = has_two_b ? modes().end() : modes().find(letters);

  boost::system::error_code ec;
  const file_base::flags flags = asiofile::parse_open_mode(mode, ec);
  fuzz::require(ec.failed() == (known == modes().end()), "the same modes are refused");
  if (ec)
    fuzz::require(ec == boost::system::errc::invalid_argument && flags == file_base::read_only,
                  "a mode that is none is an invalid argument");
  else
    fuzz::require(flags == known->second, "the flags are those of the table");
  return 0;
}
