// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a user of the package writes: the quick start, and the service's options.

#include <asiofile/asiofile.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<std::string> write_and_read() {
  asiofile::random_access_file file(co_await asio::this_coro::executor);
  co_await file.async_open("consumer.txt", asiofile::parse_open_mode("w+"), asio::use_awaitable);
  co_await asio::async_write_at(file, 0, asio::buffer("Hello world", 11), asio::use_awaitable);
  co_await file.async_sync_data(asio::use_awaitable);
  std::string text(11, '\0');
  co_await asio::async_read_at(file, 0, asio::buffer(text), asio::use_awaitable);
  co_await file.async_close(asio::use_awaitable);
  co_return text;
}

int main() {
  try {
    asio::io_context context;
    asiofile::service_options options;
    options.max_in_flight = 8;
    auto& service = asio::make_service<asiofile::file_service>(context, options);

    std::string text;
    std::exception_ptr failure;
    asio::co_spawn(context, write_and_read(), [&](std::exception_ptr error, std::string read) {
      failure = error;
      text = read;
    });
    context.run();
    if (failure) std::rethrow_exception(failure);

    std::remove("consumer.txt");
    std::cout << text << " through " << to_string(service.active_backend()) << '\n';
    return text == "Hello world" ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
