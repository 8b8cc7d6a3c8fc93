// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// async_send_file: from files to sockets and other streams.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using local = asio::local::stream_protocol;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using test_support::posix_error;
using test_support::size_found;

namespace {

// A stream that is no socket, like a TLS stream: it accepts a part at a time.
template <typename Next>
struct layered {
  using executor_type = typename Next::executor_type;
  executor_type get_executor() { return next.get_executor(); }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    const asio::const_buffer first = *asio::buffer_sequence_begin(buffers);
    return next.async_write_some(asio::buffer(first, 10'000), std::forward<Token>(token));
  }

  Next& next;
};

template <typename Socket>
struct connection {
  Socket sender;
  Socket receiver;
};

connection<local::socket> connect_locally(asio::io_context& context) {
  connection<local::socket> made{local::socket(context), local::socket(context)};
  asio::local::connect_pair(made.sender, made.receiver);
  return made;
}

connection<tcp::socket> connect_by_tcp(asio::io_context& context) {
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  connection<tcp::socket> made{tcp::socket(context), tcp::socket(context)};
  made.sender.connect(acceptor.local_endpoint());
  acceptor.accept(made.receiver);
  return made;
}

// Reads everything, on a thread of its own.
template <typename Socket>
class receiving {
 public:
  explicit receiving(Socket& from)
      : thread_([this, &from] {
          std::string part(100'000, '\0');
          for (;;) {
            const ssize_t count = ::read(from.native_handle(), part.data(), part.size());
            if (count <= 0) break;
            text_.append(part, 0, static_cast<std::size_t>(count));
          }
        }) {}
  ~receiving() {
    if (thread_.joinable()) thread_.join();
  }
  // When the other side has closed.
  std::string& all() {
    thread_.join();
    return text_;
  }

 private:
  std::string text_;
  std::thread thread_;
};

struct fixture {
  std::string make(const char* name, std::size_t bytes) {
    return test_support::make_pattern_file(directory.path(name), 9, bytes);
  }

  template <typename Stream>
  size_found send(Stream& stream, random_access_file& file, std::uint64_t offset,
                  std::uint64_t length) {
    return test_support::run_size(context, [&](auto handler) {
      asiofile::async_send_file(stream, file, offset, length, handler);
    });
  }

  // Sends 20 MiB, which no socket has room for, to a socket or to a stream on top of it; runs for a
  // while.
  template <typename Handler>
  void begin_sending(layered<local::socket>& stream, bool is_layered, random_access_file& file,
                     Handler handler) {
    constexpr std::uint64_t length = 20 << 20;
    if (is_layered) asiofile::async_send_file(stream, file, 0, length, std::move(handler));
    else asiofile::async_send_file(stream.next, file, 0, length, std::move(handler));
    context.restart();
    context.run_for(100ms);
  }

  // Sends the same file to each kind of stream, and checks what was reported and what arrived.
  template <typename Check>
  void to_each_kind(const std::string& path, std::uint64_t offset, std::uint64_t length,
                    const Check& check) {
    const auto try_with = [&](const char* kind, auto made, bool is_layered) {
      BOOST_TEST_CONTEXT(kind) {
        random_access_file file(context, path, file_base::read_only);
        receiving receiver(made.receiver);
        size_found told;
        if (is_layered) {
          layered<decltype(made.sender)> stream{made.sender};
          told = send(stream, file, offset, length);
        } else {
          told = send(made.sender, file, offset, length);
        }
        made.sender.close();
        check(told, receiver.all());
      }
    };
    try_with("TCP", connect_by_tcp(context), false);
    try_with("local", connect_locally(context), false);
    try_with("another stream", connect_locally(context), true);
  }

  test_support::watchdog time_limit{120s};
  test_support::temporary_directory directory;
  asio::io_context context;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sending_files, fixture)

BOOST_AUTO_TEST_CASE(all_of_it_arrives_whatever_its_size) {
  for (const std::size_t size : {0UL, 1UL, 4'096UL, 100'001UL, 10UL << 20}) {
    const std::string path = make("file", size);
    to_each_kind(path, 0, asiofile::to_end_of_file,
                 [&](const size_found& told, const std::string& text) {
                   BOOST_TEST(told == size_found(error_code(), size));
                   BOOST_TEST((text == test_support::read_file(path)), size);
                 });
  }
}

BOOST_AUTO_TEST_CASE(a_part_is_what_was_asked_for) {
  const std::string path = make("file", 3'000'000);
  const std::string whole = test_support::read_file(path);
  for (const auto& [offset, length] :
       {std::pair{0UL, 1UL}, {1UL, 0UL}, {4'095UL, 4'098UL}, {999'999UL, 2'000'001UL}}) {
    to_each_kind(path, offset, length, [&](const size_found& told, const std::string& text) {
      BOOST_TEST(told == size_found(error_code(), length));
      BOOST_TEST((text == whole.substr(offset, length)), offset);
    });
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_file_is_told) {
  const std::string path = make("file", 100'000);
  const error_code eof = asio::error::eof;
  to_each_kind(path, 50'000, 60'000, [&](const size_found& told, const std::string& text) {
    BOOST_TEST(told == size_found(eof, 50'000));
    BOOST_TEST(text.size() == 50'000U);
  });
  to_each_kind(path, 100'001, 1, [&](const size_found& told, const std::string&) {
    BOOST_TEST(told == size_found(eof, 0));
  });
  to_each_kind(path, 100'001, asiofile::to_end_of_file,
               [&](const size_found& told, const std::string&) {
                 BOOST_TEST(told == size_found(error_code(), 0));
               });
  to_each_kind(path, std::uint64_t{1} << 63, 1, [&](const size_found& told, const std::string&) {
    BOOST_TEST(told == size_found(posix_error(EINVAL), 0));
  });
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_mapped_are_read) {
  to_each_kind("/proc/self/status", 0, asiofile::to_end_of_file,
               [&](const size_found& told, const std::string& text) {
                 BOOST_TEST(told.error == error_code());
                 BOOST_TEST(told.bytes == text.size());
                 BOOST_TEST(text.find("\nPid:") != std::string::npos);
               });
  const test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  file.write_some_at(0, asio::buffer("abcdef", 6));
  auto made = connect_locally(context);
  BOOST_REQUIRE(send(made.sender, file, 0, 6) == size_found(error_code(), 6));
  std::string text(6, '.');
  asio::read(made.receiver, asio::buffer(text));
  BOOST_TEST(text == "abcdef");
}

BOOST_AUTO_TEST_CASE(a_file_that_becomes_shorter_ends_the_sending) {
  const std::string path = make("file", 20 << 20);
  for (const bool is_layered : {false, true}) {
    random_access_file file(context, path, file_base::read_write);
    auto made = connect_locally(context);
    layered<local::socket> stream{made.sender};
    std::optional<size_found> told;
    begin_sending(stream, is_layered, file,
                  [&](error_code ec, std::uint64_t bytes) { told.emplace(ec, bytes); });
    BOOST_TEST(!told.has_value());
    file.resize(5 << 20);
    receiving receiver(made.receiver);
    context.run();
    made.sender.close();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->error == asio::error::eof);
    const std::string& text = receiver.all();
    BOOST_TEST(told->bytes == text.size());
    BOOST_TEST((text == test_support::read_file(path).substr(0, text.size())));
    file.resize(20 << 20);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_gone_is_an_error_and_no_signal) {
  const std::string path = make("file", 20 << 20);
  for (const bool is_layered : {false, true}) {
    random_access_file file(context, path, file_base::read_only);
    auto made = connect_locally(context);
    layered<local::socket> stream{made.sender};
    made.receiver.close();
    const size_found told =
        is_layered ? send(stream, file, 0, 20 << 20) : send(made.sender, file, 0, 20 << 20);
    BOOST_TEST(told == size_found(asio::error::broken_pipe, 0));
  }
}

BOOST_AUTO_TEST_CASE(cancelling_tells_what_was_sent) {
  const std::string path = make("file", 20 << 20);
  for (const int way : {0, 1, 2, 3}) {
    BOOST_TEST_CONTEXT("way " << way) {
      random_access_file file(context, path, file_base::read_only);
      auto made = connect_locally(context);
      layered<local::socket> stream{made.sender};
      asio::cancellation_signal signal;
      std::optional<size_found> told;
      begin_sending(
          stream, way % 2 != 0, file,
          asio::bind_cancellation_slot(
              signal.slot(), [&](error_code ec, std::uint64_t bytes) { told.emplace(ec, bytes); }));
      BOOST_TEST(!told.has_value());
      if (way < 2) signal.emit(asio::cancellation_type::partial);
      else made.sender.close();
      context.run();
      BOOST_REQUIRE(told.has_value());
      BOOST_TEST(told->error == asio::error::operation_aborted);
      made.sender.close();
      receiving receiver(made.receiver);
      BOOST_TEST(told->bytes == receiver.all().size());
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_waits_for_the_peer_on_the_loop) {
  const std::string path = make("file", 20 << 20);
  random_access_file file(context, path, file_base::read_only);
  auto made = connect_locally(context);
  bool is_over = false;
  asiofile::async_send_file(made.sender, file, [&](error_code, std::uint64_t) { is_over = true; });
  asio::steady_timer timer(context, 20ms);
  bool has_rung = false;
  timer.async_wait([&](error_code) { has_rung = true; });
  context.run_for(200ms);
  BOOST_TEST(has_rung);
  BOOST_TEST(!is_over);
  receiving receiver(made.receiver);
  context.run();
  BOOST_TEST(is_over);
  made.sender.close();
  BOOST_TEST(receiver.all().size() == std::size_t{20} << 20);
}

BOOST_AUTO_TEST_CASE(offsets_that_no_file_system_has_are_past_the_end) {
  const std::string path = make("file", 100);
  for (const std::uint64_t offset : {std::uint64_t{1} << 45, (std::uint64_t{1} << 62) + 1}) {
    to_each_kind(path, offset, 1, [&](const size_found& told, const std::string&) {
      BOOST_TEST(told == size_found(asio::error::eof, 0));
    });
  }
}

BOOST_AUTO_TEST_CASE(a_deferred_one_can_be_launched_more_than_once) {
  const std::string path = make("file", 1'000);
  random_access_file file(context, path, file_base::read_only);
  auto made = connect_locally(context);
  const auto operation = asiofile::async_send_file(made.sender, file, 0, 1'000, asio::deferred);
  for (int i = 0; i != 2; ++i) {
    BOOST_TEST(test_support::run_size(context, [&](auto handler) { operation(handler); }) ==
               size_found(error_code(), 1'000));
  }
}

BOOST_AUTO_TEST_CASE(closing_the_file_ends_the_sending) {
  const std::string path = make("file", 20 << 20);
  for (const bool is_layered : {false, true}) {
    random_access_file file(context, path, file_base::read_only);
    auto made = connect_locally(context);
    layered<local::socket> stream{made.sender};
    std::optional<size_found> told;
    begin_sending(stream, is_layered, file,
                  [&](error_code ec, std::uint64_t bytes) { told.emplace(ec, bytes); });
    file.close();
    receiving receiver(made.receiver);
    context.run();
    made.sender.close();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST((told->error == asio::error::operation_aborted ||
                told->error == asio::error::bad_descriptor));
    BOOST_TEST(told->bytes == receiver.all().size());
  }
}

BOOST_AUTO_TEST_CASE(what_is_closed_is_a_bad_descriptor) {
  const std::string path = make("file", 100);
  random_access_file closed(context);
  auto made = connect_locally(context);
  layered<local::socket> stream{made.sender};
  BOOST_TEST(send(made.sender, closed, 0, 1) == size_found(asio::error::bad_descriptor, 0));
  BOOST_TEST(send(stream, closed, 0, 1) == size_found(asio::error::bad_descriptor, 0));
  random_access_file writer(context, path, file_base::write_only);
  BOOST_TEST(send(made.sender, writer, 0, 1) == size_found(asio::error::bad_descriptor, 0));
  BOOST_TEST(send(stream, writer, 0, 1) == size_found(asio::error::bad_descriptor, 0));
  random_access_file file(context, path, file_base::read_only);
  made.sender.close();
  BOOST_TEST(send(made.sender, file, 0, 1) == size_found(asio::error::bad_descriptor, 0));
}

BOOST_AUTO_TEST_CASE(nothing_is_left_open) {
  const std::string path = make("file", 20 << 20);
  const std::size_t before = test_support::open_descriptor_count();
  for (int i = 0; i != 10; ++i) {
    asio::io_context own;
    random_access_file file(own, path, file_base::read_only);
    auto made = connect_locally(own);
    asiofile::async_send_file(made.sender, file, [](error_code, std::uint64_t) {});
    own.run_for(std::chrono::milliseconds(i));
  }
  BOOST_TEST(
      test_support::wait_until([&] { return test_support::open_descriptor_count() == before; }));
}

BOOST_AUTO_TEST_SUITE_END()
