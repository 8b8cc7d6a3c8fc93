// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/detail/error_numbers.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

namespace asiofile::detail {

// The one place that converts the library's error numbers to an error_code; 0 to success. Not in
// the compiled library, because the categories belong to the program, which may have compiled
// Boost.Asio separately (BOOST_ASIO_SEPARATE_COMPILATION).
inline boost::system::error_code make_error(int error) noexcept {
  if (error == 0) [[likely]]
    return {};
  if (error == already_open) return boost::asio::error::already_open;
  if (error == end_of_file) return boost::asio::error::eof;
  return {error, boost::system::system_category()};
}

}  // namespace asiofile::detail
