// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: a coroutine that creates a file, writes to it, makes the data durable and reads it back.

#include <asiofile/asiofile.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> run() {
  asiofile::random_access_file file(co_await asio::this_coro::executor);
  co_await file.async_open("data.bin", asiofile::parse_open_mode("w+"), asio::use_awaitable);
  co_await asio::async_write_at(file, 0, asio::buffer("Hello world", 11), asio::use_awaitable);
  co_await file.async_sync_data(asio::use_awaitable);
  std::string text(11, '\0');
  co_await asio::async_read_at(file, 0, asio::buffer(text), asio::use_awaitable);
  std::cout << "data.bin holds: " << text << '\n';
}

int main() {
  try {
    asio::io_context context;
    // An exception that leaves the coroutine leaves context.run().
    asio::co_spawn(context, run(), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "quick_start: " << error.what() << '\n';
    return 1;
  }
}
