// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: copying a file in the fastest way that its file systems support, with progress. Ctrl-C
// cancels it, and nothing is left of the copy.
//
//   cp [-f] FROM TO      -f: TO is overwritten where there is one

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/signal_set.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using boost::system::error_code;

void show_progress(std::uint64_t copied, std::uint64_t total) {
  constexpr std::uint64_t width = 40;
  const std::uint64_t filled = total == 0 ? 0 : copied * width / total;
  std::string bar(filled, '=');
  bar.resize(width, ' ');
  std::fprintf(stderr, "\r[%s] %llu of %llu MB", bar.c_str(),
               static_cast<unsigned long long>(copied / 1'000'000),
               static_cast<unsigned long long>(total / 1'000'000));
}

int main(int argc, char** argv) {
  asiofile::copy_options options;
  int first = 1;
  if (argc > 1 && std::string_view(argv[1]) == "-f") {
    options.existing = asiofile::copy_options::existing_target::replace;
    ++first;
  }
  if (argc - first != 2) {
    std::cerr << "usage: cp [-f] FROM TO\n";
    return 2;
  }
  const bool is_shown = ::isatty(STDERR_FILENO) == 1;
  if (is_shown) options.progress = show_progress;

  try {
    asio::io_context context;
    asio::cancellation_signal cancel;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](error_code ec, int) {
      if (!ec) cancel.emit(asio::cancellation_type::terminal);
    });

    error_code result;
    asiofile::async_copy_file(
        context, argv[first], argv[first + 1], options,
        asio::bind_cancellation_slot(cancel.slot(), [&](error_code ec, std::uint64_t) {
          result = ec;
          signals.cancel();
        }));
    context.run();
    if (is_shown) std::fputc('\n', stderr);
    if (!result) return 0;
    std::cerr << "cp: " << argv[first] << " to " << argv[first + 1] << ": " << result.message()
              << '\n';
  } catch (const std::exception& error) {
    std::cerr << "cp: " << error.what() << '\n';
  }
  return 1;
}
