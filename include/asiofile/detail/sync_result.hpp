// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What synchronous functions with an error_code parameter return.

#include <boost/system/error_code.hpp>

namespace asiofile::detail {

// As Boost.Asio's have it, in every version so far: the error code again, so that
// `if (file.open(path, flags, ec))` compiles, and nothing in a program that wants nothing
// deprecated.
#if defined(BOOST_ASIO_NO_DEPRECATED)
using sync_result = void;
#else
using sync_result = boost::system::error_code;
#endif

}  // namespace asiofile::detail
