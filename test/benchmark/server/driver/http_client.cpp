// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "http_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace benchmark::server {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t part_bytes = std::size_t{64} << 10;

void check_status(unsigned status, const std::string& target) {
  if (status != 200)
    throw std::runtime_error("status " + std::to_string(status) + " for " + target);
}

}  // namespace

asio::awaitable<void> http_client::connect(std::uint16_t port) {
  co_await socket_.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  socket_.set_option(tcp::no_delay(true));
}

asio::awaitable<void> http_client::send_request(const std::string& target) {
  const std::string text = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
}

asio::awaitable<std::string> http_client::get(std::string target) {
  co_await send_request(target);
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  co_await http::async_read(socket_, buffer_, parser, asio::use_awaitable);
  check_status(parser.get().result_int(), target);
  co_return std::move(parser.get().body());
}

asio::awaitable<void> http_client::download(std::string target,
                                            std::function<void(std::size_t bytes)> received) {
  co_await send_request(target);
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  co_await http::async_read_header(socket_, buffer_, parser, asio::use_awaitable);
  check_status(parser.get().result_int(), target);
  std::vector<char> part(part_bytes);
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = part.data();
    body.size = part.size();
    boost::system::error_code ec;
    co_await http::async_read_some(socket_, buffer_, parser,
                                   asio::redirect_error(asio::use_awaitable, ec));
    if (ec && ec != http::error::need_buffer) throw boost::system::system_error(ec);
    received(part.size() - body.size);
  }
}

}  // namespace benchmark::server
