// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The objects of one event loop, on the executor of an `io_context` itself: calls through
// `any_io_executor` cost more.

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace http_file_server {

namespace asio = boost::asio;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using random_access_file = asiofile::basic_random_access_file<executor>;
using directory = asiofile::basic_directory<executor>;

}  // namespace http_file_server
