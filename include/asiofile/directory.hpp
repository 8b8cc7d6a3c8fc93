// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The directory class that most programs use.

#include <asiofile/basic_directory.hpp>

#include <boost/asio/any_io_executor.hpp>

namespace asiofile {

/// A directory on any executor.
using directory = basic_directory<boost::asio::any_io_executor>;

}  // namespace asiofile
