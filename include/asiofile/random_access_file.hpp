// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The file class that most programs use.

#include <asiofile/basic_random_access_file.hpp>

#include <boost/asio/any_io_executor.hpp>

namespace asiofile {

/// A random-access file on any executor.
using random_access_file = basic_random_access_file<boost::asio::any_io_executor>;

}  // namespace asiofile
