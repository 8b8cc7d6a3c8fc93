// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: logs that are followed through rotation and sent to a server, each line at least once.
//
//   log_shipper PORT FOLDER LOG...       sends the lines of each LOG to 127.0.0.1:PORT
//   log_shipper --receive PORT FILE      appends what is sent to FILE, and acknowledges it
//
// Each log has a connection, which carries lines of `ID TAB LINE`. The id is the checkpoint behind
// the line, so it differs from line to line and is the same when a line is sent again. After a
// batch comes an empty line, which the server acknowledges by another when it has stored the batch;
// then the checkpoint is replaced in FOLDER, durably, and not before. A line that was acknowledged
// and whose checkpoint was saved is never sent again; one that was sent twice has one id. The next
// batch is read only when the server has acknowledged the last: a slow server slows down the
// reading.

#include <asiofile/asiofile.hpp>
#include <asiofile/tail_reader.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::system_error;

constexpr std::size_t batch_bytes_max = 64 * 1024;

tcp::endpoint local(const std::string& port) {
  return {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::stoul(port))};
}

// ---- sending

asio::awaitable<std::optional<asiofile::tail_checkpoint>> load(std::string path) {
  const auto executor = co_await asio::this_coro::executor;
  const auto [error, text] =
      co_await asiofile::async_read_file(executor, path, asio::as_tuple(use_awaitable));
  if (error == boost::system::errc::no_such_file_or_directory) co_return std::nullopt;
  if (error) throw system_error(error);
  co_return asiofile::tail_checkpoint::parse(text);
}

asio::awaitable<void> send_lines(tcp::endpoint server, std::string log, std::string saved) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  co_await socket.async_connect(server, use_awaitable);
  asiofile::tail_reader_options options;
  options.checkpoint = co_await load(saved);
  asiofile::tail_reader lines(executor, log, options);
  for (;;) {
    std::string batch;
    auto [error, line] = co_await lines.async_next(asio::as_tuple(use_awaitable));
    if (error == boost::system::errc::message_size) {
      std::cerr << "log_shipper: " << log << ": left out a line of " << lines.too_long_line_bytes()
                << " bytes\n";
      continue;
    }
    if (error) throw system_error(error);
    do {
      batch += lines.checkpoint().to_string();
      batch.append(1, '\t').append(*line).append(1, '\n');
    } while (batch.size() < batch_bytes_max && (line = lines.try_next()));
    const std::string behind = lines.checkpoint().to_string() + '\n';
    batch += '\n';
    co_await asio::async_write(socket, asio::buffer(batch), use_awaitable);
    char acknowledged;
    co_await asio::async_read(socket, asio::buffer(&acknowledged, 1), use_awaitable);
    co_await asiofile::async_replace_file(executor, saved, asio::buffer(behind), use_awaitable);
  }
}

asio::awaitable<void> ship(tcp::endpoint server, std::string log, std::string saved) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    try {
      co_await send_lines(server, log, saved);
    } catch (const system_error& error) {
      std::cerr << "log_shipper: " << log << ": " << error.what() << '\n';
    }
    // The server is gone, or the log cannot be read: try again from the checkpoint, a little later.
    pause.expires_after(std::chrono::milliseconds(100));
    co_await pause.async_wait(use_awaitable);
  }
}

// ---- receiving

asio::awaitable<void> receive(tcp::socket from, std::string into) {
  asiofile::stream_file file(from.get_executor());
  co_await file.async_open(into, asiofile::parse_open_mode("a"), use_awaitable);
  std::string data, batch;
  for (;;) {
    const std::size_t size =
        co_await asio::async_read_until(from, asio::dynamic_buffer(data), '\n', use_awaitable);
    batch.append(data, 0, size);
    data.erase(0, size);
    if (size != 1) continue;
    batch.pop_back();
    co_await asio::async_write(file, asio::buffer(batch), use_awaitable);
    co_await file.async_sync_data(use_awaitable);
    batch.clear();
    co_await asio::async_write(from, asio::buffer("\n", 1), use_awaitable);
  }
}

asio::awaitable<void> listen(tcp::endpoint at, std::string into) {
  tcp::acceptor acceptor(co_await asio::this_coro::executor, at);
  for (;;) {
    tcp::socket next = co_await acceptor.async_accept(use_awaitable);
    const auto executor = next.get_executor();
    // When a sender has gone, what it was sending is dropped.
    asio::co_spawn(executor, receive(std::move(next), into), [](std::exception_ptr) {});
  }
}

int main(int argc, char** argv) {
  const bool is_server = argc == 4 && std::string_view(argv[1]) == "--receive";
  if (!is_server && (argc < 4 || argv[1][0] == '-')) {
    std::cerr << "usage: log_shipper PORT FOLDER LOG...\n       log_shipper --receive PORT FILE\n";
    return 2;
  }
  try {
    asio::io_context context;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code, int) { context.stop(); });
    const auto stop_on_error = [&](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    };
    if (is_server) asio::co_spawn(context, listen(local(argv[2]), argv[3]), stop_on_error);
    for (int i = 3; i < argc && !is_server; ++i) {
      std::string saved = argv[i];
      for (char& c : saved)
        if (c == '/') c = '_';
      asio::co_spawn(context,
                     ship(local(argv[1]), argv[i], std::string(argv[2]) + '/' + saved),
                     stop_on_error);
    }
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "log_shipper: " << error.what() << '\n';
    return 1;
  }
}
