// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: special files. Copies a file whose size is not known in advance (one of /proc, a FIFO, a
// terminal) to a regular file: one buffer is read while the other is written.
//
//   proc_copy [FROM [TO]]      by default /proc/self/maps to maps.txt

#include <asiofile/asiofile.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using asio::use_awaitable;
using asiofile::stream_file;

// How many bytes were read; 0 at the end.
asio::awaitable<std::size_t> read_block(stream_file& from, std::string& block) {
  const auto [ec, n] =
      co_await from.async_read_some(asio::buffer(block), asio::as_tuple(use_awaitable));
  if (ec && ec != asio::error::eof) throw boost::system::system_error(ec, "read");
  co_return n;
}

asio::awaitable<std::uint64_t> copy(const std::string& source, const std::string& target) {
  const auto executor = co_await asio::this_coro::executor;
  stream_file from(executor), to(executor);
  co_await from.async_open(source, asiofile::parse_open_mode("r"), use_awaitable);
  co_await to.async_open(target, asiofile::parse_open_mode("w"), use_awaitable);

  std::array<std::string, 2> blocks;
  for (std::string& each : blocks) each.resize(64 * 1024);
  std::uint64_t copied = 0;
  std::size_t size = co_await read_block(from, blocks[0]);
  for (std::size_t current = 0; size != 0; current = 1 - current) {
    const auto [written, next] =
        co_await (asio::async_write(to, asio::buffer(blocks[current], size), use_awaitable) &&
                  read_block(from, blocks[1 - current]));
    copied += written;
    size = next;
  }
  co_await to.async_close(use_awaitable);
  co_return copied;
}

int main(int argc, char** argv) {
  try {
    const std::string source = argc > 1 ? argv[1] : "/proc/self/maps";
    const std::string target = argc > 2 ? argv[2] : "maps.txt";
    asio::io_context context;
    asio::co_spawn(context, copy(source, target), [&](std::exception_ptr error, std::uint64_t n) {
      if (error) std::rethrow_exception(error);
      std::cout << source << ": " << n << " bytes copied to " << target << '\n';
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "proc_copy: " << error.what() << '\n';
    return 1;
  }
}
