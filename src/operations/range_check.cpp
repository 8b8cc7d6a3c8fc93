// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "operations/range_check.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <string>

namespace asiofile::detail {

void check_range(const char* option, std::size_t value, std::size_t least, std::size_t most) {
  if (value >= least && value <= most) return;
  throw boost::system::system_error(
      boost::system::error_code(EINVAL, boost::system::system_category()),
      std::string("asiofile: ") + option + " is " + std::to_string(value) + ", not " +
          std::to_string(least) + " to " + std::to_string(most));
}

void refuse_option(const char* option, const char* problem) {
  throw boost::system::system_error(
      boost::system::error_code(EINVAL, boost::system::system_category()),
      std::string("asiofile: ") + option + ' ' + problem);
}

}  // namespace asiofile::detail
