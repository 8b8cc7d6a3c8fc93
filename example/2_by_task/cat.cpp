// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: reading ahead. Writes files to the standard output, in chunks: the next ones are being
// read while this one is written.
//
//   cat [FILE...]      without FILE, or with -, the standard input

#include <asiofile/asiofile.hpp>

#include <unistd.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using asio::use_awaitable;
using asiofile::stream_file;

asio::awaitable<void> print(const std::string& path, stream_file& out) {
  stream_file file(co_await asio::this_coro::executor);
  if (path == "-")
    file.assign(STDIN_FILENO, asiofile::borrowed);
  else
    co_await file.async_open(path, asiofile::file_base::read_only, use_awaitable);
  asiofile::chunk_reader chunks(file);
  while (const auto chunk = co_await chunks.async_next(use_awaitable))
    co_await asio::async_write(out, *chunk, use_awaitable);
}

asio::awaitable<void> print_all(std::vector<std::string> paths) {
  stream_file out(co_await asio::this_coro::executor, STDOUT_FILENO, asiofile::borrowed);
  for (const std::string& path : paths) co_await print(path, out);
}

int main(int argc, char** argv) {
  try {
    std::vector<std::string> paths(argv + 1, argv + argc);
    if (paths.empty()) paths.emplace_back("-");
    asio::io_context context;
    asio::co_spawn(context, print_all(paths), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "cat: " << error.what() << '\n';
    return 1;
  }
}
