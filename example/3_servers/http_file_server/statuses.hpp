// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The HTTP status for a file that cannot be opened.

#include <boost/beast/http/status.hpp>
#include <boost/system/error_code.hpp>

namespace http_file_server {

[[nodiscard]] boost::beast::http::status status_of(const boost::system::error_code& ec);

[[nodiscard]] bool is_out_of_descriptors(const boost::system::error_code& ec);

}  // namespace http_file_server
