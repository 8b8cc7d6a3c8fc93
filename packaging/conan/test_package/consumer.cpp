// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Writes a file and reads it again.

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/write_at.hpp>

#include <cstdio>
#include <iostream>
#include <string>

int main() {
  boost::asio::io_context context;
  asiofile::random_access_file file(context, "consumer.txt", asiofile::parse_open_mode("w+"));
  const std::string written = "Hello world";
  std::string read(written.size(), '\0');
  boost::asio::async_write_at(
      file, 0, boost::asio::buffer(written), [&](boost::system::error_code ec, std::size_t) {
        if (ec) return;
        boost::asio::async_read_at(file, 0, boost::asio::buffer(read),
                                   [](boost::system::error_code, std::size_t) {});
      });
  context.run();
  std::remove("consumer.txt");
  std::cout << read << '\n';
  return read == written ? 0 : 1;
}
