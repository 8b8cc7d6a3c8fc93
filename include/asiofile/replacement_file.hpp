// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The replacement class that most programs use.

#include <asiofile/basic_replacement_file.hpp>
#include <asiofile/random_access_file.hpp>

#include <boost/asio/any_io_executor.hpp>

namespace asiofile {

/// A replacement on any executor.
using replacement_file = basic_replacement_file<boost::asio::any_io_executor>;

}  // namespace asiofile
