// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include <asiofile/open_mode.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <string>

namespace asiofile {

file_base::flags parse_open_mode(std::string_view mode, boost::system::error_code& ec) noexcept {
  constexpr std::string_view letters = "rwax+b";
  bool seen[letters.size()] = {};
  for (const char letter : mode) {
    const std::size_t which = letters.find(letter);
    if (which == std::string_view::npos || seen[which]) {
      ec.assign(EINVAL, boost::system::system_category());
      return file_base::read_only;
    }
    seen[which] = true;
  }
  const auto has = [&](char letter) { return seen[letters.find(letter)]; };

  const int bases = int{has('r')} + int{has('w')} + int{has('a')};
  const bool exclusive = has('x');
  // "x" stands alone or beside "w" (C11, 7.21.5.3), never beside another.
  if (bases > 1 || (bases == 0 && !exclusive) || (exclusive && (has('r') || has('a')))) {
    ec.assign(EINVAL, boost::system::system_category());
    return file_base::read_only;
  }

  ec.clear();
  file_base::flags flags = has('+')   ? file_base::read_write
                           : has('r') ? file_base::read_only
                                      : file_base::write_only;
  if (has('w') || has('a') || exclusive) flags |= file_base::create;
  if (exclusive) flags |= file_base::exclusive;
  else if (has('w')) flags |= file_base::truncate;
  if (has('a')) flags |= file_base::append;
  return flags;
}

file_base::flags parse_open_mode(std::string_view mode) {
  boost::system::error_code ec;
  const file_base::flags flags = parse_open_mode(mode, ec);
  if (ec)
    throw boost::system::system_error(ec, "parse_open_mode(\"" + std::string(mode) + "\")");
  return flags;
}

}  // namespace asiofile
