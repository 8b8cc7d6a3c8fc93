// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// One connection to a server on the loopback interface.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace benchmark::server {

// All functions throw on failure, including a response with a status other than 200.
class http_client {
 public:
  explicit http_client(const boost::asio::any_io_executor& executor) : socket_(executor) {}

  boost::asio::awaitable<void> connect(std::uint16_t port);

  // The response's body.
  boost::asio::awaitable<std::string> get(std::string target);

  // Calls `received` with the number of bytes whenever some have arrived, and keeps none.
  boost::asio::awaitable<void> download(std::string target,
                                        std::function<void(std::size_t bytes)> received);

 private:
  boost::asio::awaitable<void> send_request(const std::string& target);

  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace benchmark::server
