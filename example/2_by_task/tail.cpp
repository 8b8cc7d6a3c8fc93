// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: lines of a file that grows. Prints the lines that a file has, or the last few of them, and
// with -f those that are added, as they are complete, until Ctrl-C.
//
//   tail [-f] FILE [COUNT]      COUNT: how many lines to begin with, 10 if not given

#include <asiofile/asiofile.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <deque>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using asio::use_awaitable;

asio::awaitable<void> tail(std::string path, std::size_t count, bool follow) {
  const auto executor = co_await asio::this_coro::executor;
  asiofile::stream_file file(executor);
  co_await file.async_open(path, asiofile::file_base::read_only, use_awaitable);

  asiofile::line_reader_options options;
  options.follow = follow;
  asiofile::line_reader lines(file, options);
  std::deque<std::string> last;
  while (const auto line = co_await lines.async_next()) {
    last.emplace_back(*line);
    if (last.size() > count) last.pop_front();
  }
  for (const std::string& each : last) std::cout << each << '\n';
  std::cout.flush();

  asio::steady_timer timer(executor);
  while (follow) {
    while (const auto line = co_await lines.async_next()) std::cout << *line << std::endl;
    timer.expires_after(std::chrono::milliseconds(50));
    co_await timer.async_wait(use_awaitable);
  }
}

int main(int argc, char** argv) {
  const bool follow = argc > 1 && std::string_view(argv[1]) == "-f";
  const int first = follow ? 2 : 1;
  if (argc <= first) {
    std::cerr << "usage: tail [-f] FILE [COUNT]\n";
    return 2;
  }
  try {
    const std::size_t count = argc > first + 1 ? std::stoul(argv[first + 1]) : 10;
    asio::io_context context;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code ec, int) {
      if (!ec) context.stop();
    });
    asio::co_spawn(context, tail(argv[first], count, follow), [&](std::exception_ptr error) {
      signals.cancel();
      if (error) std::rethrow_exception(error);
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "tail: " << error.what() << '\n';
    return 1;
  }
}
