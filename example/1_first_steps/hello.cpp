// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: the first steps. Writes a file, reads it back, and gets its status.

#include <asiofile/asiofile.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asio::use_awaitable;

asio::awaitable<void> run() {
  asiofile::random_access_file file(co_await asio::this_coro::executor);
  co_await file.async_open("hello.txt", asiofile::parse_open_mode("w+"), use_awaitable);

  const std::string greeting = "Hello from asiofile\n";
  co_await asio::async_write_at(file, 0, asio::buffer(greeting), use_awaitable);
  co_await file.async_sync_data(use_awaitable);

  std::string text(greeting.size(), '\0');
  co_await asio::async_read_at(file, 0, asio::buffer(text), use_awaitable);
  const asiofile::file_status status = co_await file.async_status(use_awaitable);
  co_await file.async_close(use_awaitable);

  std::cout << text << "hello.txt has " << status.size << " bytes and " << status.link_count
            << " name\n";
}

int main() {
  try {
    asio::io_context context;
    asio::co_spawn(context, run(), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "hello: " << error.what() << '\n';
    return 1;
  }
}
