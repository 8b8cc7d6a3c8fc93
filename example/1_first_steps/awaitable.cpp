// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: coroutines. Several operations at once with `&&`, errors as exceptions (use_awaitable),
// as values (as_tuple) and in a variable (redirect_error).

#include <asiofile/asiofile.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using asio::use_awaitable;
using asiofile::random_access_file;
using boost::system::error_code;

// Copies `from` to both files: each block is read once and written twice at a time.
asio::awaitable<void> copy_to_two(random_access_file& from, random_access_file& first,
                                  random_access_file& second) {
  std::string block(64 * 1024, '\0');
  for (std::uint64_t offset = 0;;) {
    // The end of the file is reported as a value here, not as an exception.
    const auto [ec, n] = co_await from.async_read_some_at(offset, asio::buffer(block),
                                                          asio::as_tuple(use_awaitable));
    if (ec == asio::error::eof) co_return;
    if (ec) throw boost::system::system_error(ec, "read");

    const auto data = asio::buffer(block, n);
    co_await (asio::async_write_at(first, offset, data, use_awaitable) &&
              asio::async_write_at(second, offset, data, use_awaitable));
    offset += n;
  }
}

// A configuration file, which need not exist, and fits into memory.
asio::awaitable<std::string> read_greeting(const std::string& path) {
  constexpr std::uint64_t bytes_max = 64 * 1024;
  error_code ec;
  std::string text = co_await asiofile::async_read_file(
      co_await asio::this_coro::executor, path, bytes_max, asio::redirect_error(use_awaitable, ec));
  if (ec == boost::system::errc::no_such_file_or_directory) co_return "Hello (by default)\n";
  if (ec) throw boost::system::system_error(ec, path);
  co_return text;
}

asio::awaitable<void> run() {
  const std::string greeting = co_await read_greeting("greeting.txt");
  const auto executor = co_await asio::this_coro::executor;
  const auto mode = asiofile::parse_open_mode("w+");
  random_access_file original(executor), first(executor), second(executor);
  co_await (original.async_open("original.txt", mode, use_awaitable) &&
            first.async_open("first.txt", mode, use_awaitable) &&
            second.async_open("second.txt", mode, use_awaitable));

  co_await asio::async_write_at(original, 0, asio::buffer(greeting), use_awaitable);
  co_await copy_to_two(original, first, second);
  co_await (first.async_sync_data(use_awaitable) && second.async_sync_data(use_awaitable));

  const auto [first_size, second_size] =
      co_await (first.async_size(use_awaitable) && second.async_size(use_awaitable));
  std::cout << greeting << "copied to first.txt (" << first_size << " bytes) and second.txt ("
            << second_size << " bytes)\n";
}

int main() {
  try {
    asio::io_context context;
    asio::co_spawn(context, run(), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "awaitable: " << error.what() << '\n';
    return 1;
  }
}
