// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Shows: files and sockets on one event loop, and names from untrusted clients. A TCP server with a
// coroutine per connection that sends byte ranges of the files below a folder; while one connection
// waits for the disk or for its peer, the others continue. Files are opened beneath the folder,
// which no `..` and no symbolic link leads out of; anything but a regular file is an error.
//
//   range_server ROOT PORT      serves on all interfaces until SIGINT or SIGTERM
//   range_server --self-test    serves a file it makes to clients of its own and checks what they
//                               get; without arguments too
//
// Protocol: lines of at most 4,096 bytes that end in '\n', any number on a connection.
//   GET <path> <offset> <length>     path below ROOT, decimal bytes
// is answered by one of
//   OK <n>       and n bytes: fewer than asked for where the file ends first, 0 beyond its end
//   ERROR <text>
// A file that becomes shorter while it is sent ends the connection.

#include <asiofile/asiofile.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <list>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace asio::experimental::awaitable_operators;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

constexpr std::size_t line_bytes_max = 4096;
constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr std::size_t connections_max = 1000;
// A time limit for opening: the open of a FIFO without a writer would wait forever.
constexpr std::chrono::seconds open_seconds_max(1);

struct range_request {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

bool parse_number(std::string_view text, std::uint64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

std::optional<range_request> parse_request(std::string_view line) {
  constexpr std::string_view method = "GET ";
  line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
  if (!line.starts_with(method)) return std::nullopt;
  line.remove_prefix(method.size());
  // The path may have spaces in it.
  const std::size_t second = line.rfind(' ');
  const std::size_t first = second == 0 ? line.npos : line.rfind(' ', second - 1);
  range_request found;
  if (second == line.npos || first == line.npos || first == 0 ||
      !parse_number(line.substr(first + 1, second - first - 1), found.offset) ||
      !parse_number(line.substr(second + 1), found.length))
    return std::nullopt;
  found.path = line.substr(0, first);
  return found;
}

class range_server {
 public:
  range_server(asio::io_context& context, const tcp::endpoint& endpoint, const fs::path& root)
      : acceptor_(context, endpoint),
        root_(context, root.string(), asiofile::file_base::read_only) {
    asio::co_spawn(context, accept_connections(), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  // Ends accepting and cancels what the connections wait for; the context then runs out of work.
  void stop() {
    acceptor_.close();
    for (connection& each : connections_) each.stop.emit(asio::cancellation_type::terminal);
  }

 private:
  struct connection {
    explicit connection(tcp::socket connected) : socket(std::move(connected)) {}
    tcp::socket socket;
    asio::cancellation_signal stop;
  };

  asio::awaitable<void> accept_connections() {
    while (acceptor_.is_open()) {
      auto [ec, socket] = co_await acceptor_.async_accept(asio::as_tuple(use_awaitable));
      if (!acceptor_.is_open()) co_return;
      if (ec) {  // The peer has gone again, or there are no descriptors left for now.
        std::cerr << "range_server: accept: " << ec.message() << '\n';
        asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(100));
        co_await pause.async_wait(use_awaitable);
        continue;
      }
      if (connections_.size() == connections_max) continue;
      const auto place = connections_.emplace(connections_.end(), std::move(socket));
      asio::co_spawn(acceptor_.get_executor(), serve(place->socket),
                     asio::bind_cancellation_slot(place->stop.slot(), [=, this](auto error) {
                       connections_.erase(place);
                       report(error);
                     }));
    }
  }

  // An error of one connection does not concern the others; while the server stops, errors are
  // expected.
  void report(std::exception_ptr error) const {
    try {
      if (error && acceptor_.is_open()) std::rethrow_exception(error);
    } catch (const system_error& problem) {
      std::cerr << "range_server: connection: " << problem.code().message() << '\n';
    }
  }

  asio::awaitable<void> serve(tcp::socket& socket) {
    std::string input;
    for (;;) {
      const auto [ec, n] = co_await asio::async_read_until(
          socket, asio::dynamic_buffer(input, line_bytes_max), '\n', asio::as_tuple(use_awaitable));
      if (ec == asio::error::eof) co_return;
      if (ec == asio::error::not_found) co_return co_await send_error(socket, "line too long");
      if (ec) throw system_error(ec, "receive");

      const auto request = parse_request(input.substr(0, n));
      input.erase(0, n);
      if (!request) {
        co_await send_error(socket, "not a request: GET <path> <offset> <length>");
      } else if (const error_code failure = co_await send_range(socket, *request)) {
        co_await send_error(socket, failure.message());
      }
    }
  }

  static asio::awaitable<void> send_error(tcp::socket& socket, const std::string& text) {
    const std::string line = "ERROR " + text + "\n";
    co_await asio::async_write(socket, asio::buffer(line), use_awaitable);
  }

  asio::awaitable<error_code> open(asiofile::random_access_file& file, const std::string& path) {
    constexpr auto token = asio::as_tuple(use_awaitable);
    asio::steady_timer deadline(file.get_executor(), open_seconds_max);
    const auto first =
        co_await (file.async_open_beneath(root_, path, asiofile::file_base::read_only, token) ||
                  deadline.async_wait(token));
    if (first.index() == 1) co_return asio::error::timed_out;
    co_return std::get<error_code>(std::get<0>(first));
  }

  // Returns why nothing of the range can be sent; throws if sending fails in the middle.
  asio::awaitable<error_code> send_range(tcp::socket& socket, const range_request& request) {
    asiofile::random_access_file file(socket.get_executor());
    error_code ec = co_await open(file, request.path);
    if (ec) co_return ec;
    auto token = asio::redirect_error(use_awaitable, ec);
    const asiofile::file_status status = co_await file.async_status(token);
    if (ec) co_return ec;
    // A directory, a device or a FIFO has no ranges.
    if (status.type != asiofile::file_type::regular) co_return asio::error::operation_not_supported;
    const std::uint64_t size = status.size;

    const std::uint64_t length =
        request.offset < size ? std::min(request.length, size - request.offset) : 0;
    std::string header = "OK " + std::to_string(length) + "\n";
    std::vector<char> chunk(std::min<std::uint64_t>(length, chunk_bytes));
    std::uint64_t sent = 0;
    do {  // The first chunk is read before the header goes out: what cannot be read is an ERROR.
      const auto part = std::min<std::uint64_t>(length - sent, chunk.size());
      const std::size_t n = co_await asio::async_read_at(file, request.offset + sent,
                                                         asio::buffer(chunk, part), token);
      if (ec && sent == 0) co_return ec;
      if (ec) throw system_error(ec, request.path);
      co_await asio::async_write(socket,
                                 std::array{asio::const_buffer(asio::buffer(header)),
                                            asio::const_buffer(asio::buffer(chunk, n))},
                                 use_awaitable);
      header.clear();
      sent += n;
    } while (sent != length);
    co_return error_code();
  }

  tcp::acceptor acceptor_;
  // Kept open: this folder is served even if it is renamed later.
  asiofile::random_access_file root_;
  std::list<connection> connections_;
};

// ---- The self-test's clients ----

constexpr std::size_t test_file_bytes = 1'000'003;

std::string test_file_contents() {
  std::string contents(test_file_bytes, '\0');
  std::mt19937 random(1);
  for (char& each : contents) each = static_cast<char>(random());
  return contents;
}

// The answer's first line without its end, and the bytes that follow it.
asio::awaitable<std::pair<std::string, std::string>> ask(tcp::socket& socket, std::string request) {
  co_await asio::async_write(socket, asio::buffer(request), use_awaitable);
  std::string input;
  const std::size_t n =
      co_await asio::async_read_until(socket, asio::dynamic_buffer(input), '\n', use_awaitable);
  const std::string line = input.substr(0, n - 1);
  std::string body = input.substr(n);
  if (line.starts_with("OK ")) {
    const std::size_t received = body.size();
    body.resize(std::stoull(line.substr(3)));
    co_await asio::async_read(socket, asio::buffer(body) + received, use_awaitable);
  }
  co_return std::pair(line, body);
}

void expect(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error("self-test: wrong answer to " + what);
}

asio::awaitable<void> fetch_ranges(std::uint16_t port, const std::string& contents, unsigned seed) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, use_awaitable);
  std::mt19937 random(seed);
  for (int count = 0; count != 50; ++count) {
    const std::size_t offset = random() % (contents.size() + 1000), length = random() % 300'000;
    const std::string request =
        "GET data.bin " + std::to_string(offset) + " " + std::to_string(length) + "\n";
    const std::string range = contents.substr(std::min(offset, contents.size()), length);
    const auto [line, body] = co_await ask(socket, request);
    expect(line == "OK " + std::to_string(range.size()) && body == range, request);
  }
  for (const char* bad :
       {"../outside 0 1", "/etc/passwd 0 1", "link_out 0 1", "folder/../../outside 0 1",
        "missing 0 1", ". 0 1", "folder 0 1", "fifo 0 1", "data.bin -1 1", "data.bin 0", " 0 1"}) {
    const auto [line, body] = co_await ask(socket, std::string("GET ") + bad + "\n");
    expect(line.starts_with("ERROR ") && body.empty(), bad);
  }
  // A link that stays inside is followed.
  const auto [line, body] = co_await ask(socket, "GET folder/../link in 0 10\n");
  expect(line == "OK 10" && body == contents.substr(0, 10), "a link");
}

// Below the root, and what must not be reached from there.
void make_files(asio::io_context& context, const fs::path& root, const std::string& contents) {
  fs::create_directories(root / "folder");
  asiofile::random_access_file file(context, (root / "data.bin").string(),
                                    asiofile::parse_open_mode("w"));
  asio::write_at(file, 0, asio::buffer(contents));
  asiofile::random_access_file outside(context, "outside", asiofile::parse_open_mode("w"));
  asio::write_at(outside, 0, asio::buffer("secret", 6));
  fs::create_symlink("data.bin", root / "link in");
  fs::create_symlink("../outside", root / "link_out");
  if (::mkfifo((root / "fifo").c_str(), 0600) != 0)
    throw std::system_error(errno, std::system_category(), "mkfifo");
}

void self_test() {
  constexpr unsigned clients = 8;
  const std::string contents = test_file_contents();
  asio::io_context context;
  make_files(context, "range_server_root", contents);
  range_server server(context, {asio::ip::address_v4::loopback(), 0}, "range_server_root");
  unsigned running = clients;
  std::exception_ptr failure;
  for (unsigned client = 0; client != clients; ++client) {
    asio::co_spawn(context, fetch_ranges(server.port(), contents, client),
                   [&](std::exception_ptr error) {
                     if (error) failure = error;
                     if (--running == 0) server.stop();
                   });
  }
  context.run();
  if (failure) std::rethrow_exception(failure);
  std::cout << clients << " clients got the right bytes\n";
}

void serve(const fs::path& root, const std::string& port_text) {
  std::uint16_t port = 0;
  const char* const end = port_text.data() + port_text.size();
  const auto [parsed_to, problem] = std::from_chars(port_text.data(), end, port);
  if (problem != std::errc() || parsed_to != end) throw std::runtime_error("no port: " + port_text);
  if (!fs::is_directory(root)) throw std::runtime_error("no folder: " + root.string());

  asio::io_context context;
  range_server server(context, {tcp::v4(), port}, root);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](error_code ec, int) {
    if (!ec) server.stop();
  });
  std::cout << "serving " << root << " on port " << server.port() << std::endl;
  context.run();
  std::cout << "stopped\n";
}

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty() || arguments == std::vector<std::string>{"--self-test"}) {
      self_test();
    } else if (arguments.size() == 2) {
      serve(arguments[0], arguments[1]);
    } else {
      std::cerr << "usage: range_server ROOT PORT | --self-test\n";
      return 2;
    }
  } catch (const std::exception& error) {
    std::cerr << "range_server: " << error.what() << '\n';
    return 1;
  }
}
