// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Sends back what comes over one connection, until the other side closes it.

#include "../worker/fail.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>

namespace benchmark {

class echo_server {
 public:
  explicit echo_server(boost::asio::io_context& context)
      : acceptor_(context, {boost::asio::ip::address_v4::loopback(), 0}), connection_(context) {
    acceptor_.async_accept(connection_, [this](error_code ec) {
      if (ec) fail("accept: " + ec.message());
      connection_.set_option(tcp::no_delay(true));
      receive();
    });
  }

  [[nodiscard]] unsigned short port() const { return acceptor_.local_endpoint().port(); }

 private:
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;

  void receive() {
    connection_.async_read_some(boost::asio::buffer(message_),
                                [this](error_code ec, std::size_t bytes) {
                                  if (!ec) send_back(bytes);
                                });
  }

  void send_back(std::size_t bytes) {
    boost::asio::async_write(connection_, boost::asio::buffer(message_, bytes),
                             [this](error_code ec, std::size_t) {
                               if (!ec) receive();
                             });
  }

  tcp::acceptor acceptor_;
  tcp::socket connection_;
  std::array<char, 64> message_{};
};

}  // namespace benchmark
