// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Files that wait for something other than a device: whichever engine runs a read of a FIFO or a
// terminal, it can be cancelled, and then consumes nothing. (test/environment/routing.cpp compares
// the results of all kinds of files on all backends.)

#include "fifo.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::transfer;

namespace {

const transfer aborted(asio::error::operation_aborted, 0);

// How many reads wait at a time: more than there are threads.
constexpr std::size_t waiting_reads = 20;

struct fixture {
  test_support::temporary_directory directory;
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(30)};

  // Cancels waiting reads in every way. `feed` then puts four bytes in, which the next read must
  // find.
  void check_cancellation(random_access_file& file, const std::function<void()>& feed) {
    check_one_way("cancel()", file, [](random_access_file& which, auto&) { which.cancel(); });
    check_one_way("slot, terminal", file, [](auto&, auto& signals) {
      for (auto& each : signals) each.emit(asio::cancellation_type::terminal);
    });
    check_one_way("slot, total", file, [](auto&, auto& signals) {
      for (auto& each : signals) each.emit(asio::cancellation_type::total);
    });
    feed();
    std::string memory(10, '.');
    const transfer next = test_support::run_transfer(context, [&](auto handler) {
      file.async_read_some_at(0, asio::buffer(memory), handler);
    });
    BOOST_TEST(next == transfer(error_code(), 4));

    std::vector<transfer> ended;
    start_reads(file, ended, nullptr);
    file.async_close([](error_code ec) { BOOST_TEST(ec == error_code()); });
    context.restart();
    context.run();
    check_all_aborted(ended);
  }

  template <typename Cancel>
  void check_one_way(const char* how, random_access_file& file, Cancel cancel) {
    BOOST_TEST_CONTEXT(how) {
      std::array<asio::cancellation_signal, waiting_reads> signals;
      std::vector<transfer> ended;
      start_reads(file, ended, &signals);
      // Until the engine has them, and they wait.
      context.restart();
      context.run_for(std::chrono::milliseconds(20));
      BOOST_TEST(ended.empty());
      cancel(file, signals);
      context.restart();
      context.run();
      check_all_aborted(ended);
    }
  }

  void start_reads(random_access_file& file, std::vector<transfer>& ended,
                   std::array<asio::cancellation_signal, waiting_reads>* signals) {
    for (std::size_t i = 0; i != waiting_reads; ++i) {
      const auto handler = [&ended](error_code ec, std::size_t n) { ended.emplace_back(ec, n); };
      const auto into = asio::buffer(memory_[i]);
      if (signals == nullptr) {
        file.async_read_some_at(0, into, handler);
        continue;
      }
      file.async_read_some_at(0, into,
                              asio::bind_cancellation_slot((*signals)[i].slot(), handler));
    }
  }

  static void check_all_aborted(const std::vector<transfer>& ended) {
    BOOST_TEST(ended.size() == waiting_reads);
    for (const transfer& each : ended) BOOST_TEST(each == aborted);
  }

 private:
  std::array<std::array<char, 10>, waiting_reads> memory_{};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(routing, fixture)

BOOST_AUTO_TEST_CASE(reads_of_a_fifo_can_be_cancelled_and_take_nothing) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  check_cancellation(file, [&] { BOOST_TEST(fifo.feed(4)); });
}

BOOST_AUTO_TEST_CASE(reads_of_a_fifo_open_for_both_can_be_cancelled) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  check_cancellation(file, [&] { BOOST_TEST(fifo.feed(4)); });
}

BOOST_AUTO_TEST_CASE(reads_of_a_terminal_can_be_cancelled_and_take_nothing) {
  const int controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (controller == -1) return test_support::skip("there are no pseudo-terminals");
  random_access_file keyboard(context, controller);
  char name[100];
  BOOST_REQUIRE(::grantpt(controller) == 0);
  BOOST_REQUIRE(::unlockpt(controller) == 0);
  BOOST_REQUIRE(::ptsname_r(controller, name, sizeof name) == 0);
  const int terminal = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  BOOST_REQUIRE(terminal != -1);
  random_access_file file(context, terminal);
  check_cancellation(file, [&] { BOOST_TEST(::write(controller, "abc\n", 4) == 4); });
}

BOOST_AUTO_TEST_CASE(reads_of_a_raw_terminal_can_be_cancelled_and_take_nothing) {
  const int controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (controller == -1) return test_support::skip("there are no pseudo-terminals");
  random_access_file keyboard(context, controller);
  char name[100];
  BOOST_REQUIRE(::grantpt(controller) == 0);
  BOOST_REQUIRE(::unlockpt(controller) == 0);
  BOOST_REQUIRE(::ptsname_r(controller, name, sizeof name) == 0);
  const int terminal = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  BOOST_REQUIRE(terminal != -1);
  termios settings{};
  BOOST_REQUIRE(::tcgetattr(terminal, &settings) == 0);
  ::cfmakeraw(&settings);
  BOOST_REQUIRE(::tcsetattr(terminal, TCSANOW, &settings) == 0);
  random_access_file file(context, terminal);
  check_cancellation(file, [&] { BOOST_TEST(::write(controller, "abcd", 4) == 4); });
}

BOOST_AUTO_TEST_CASE(reads_of_a_socket_can_be_cancelled_and_take_nothing) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  random_access_file file(context, ends[0]);
  random_access_file peer(context, ends[1]);
  check_cancellation(file, [&] { BOOST_TEST(::write(ends[1], "abcd", 4) == 4); });
}

BOOST_AUTO_TEST_CASE(reads_of_a_nonblocking_pipe_can_be_cancelled_and_take_nothing) {
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  random_access_file file(context, ends[0]);
  random_access_file writer(context, ends[1]);
  check_cancellation(file, [&] { BOOST_TEST(::write(ends[1], "abcd", 4) == 4); });
}

BOOST_AUTO_TEST_CASE(waiting_reads_of_a_stream_do_not_hold_up_other_files) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file stream(context, fifo.path(), file_base::read_only);
  random_access_file other(context, directory.path("file"),
                           file_base::read_write | file_base::create);
  std::vector<transfer> ended;
  start_reads(stream, ended, nullptr);
  const std::string text = "text";
  std::string memory(4, '.');
  std::vector<transfer> others;
  other.async_write_some_at(
      0, asio::buffer(text), [&](error_code write_error, std::size_t written) {
        others.emplace_back(write_error, written);
        other.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
          others.emplace_back(ec, n);
          stream.cancel();
        });
      });
  context.run();
  BOOST_TEST(others.size() == 2U);
  BOOST_TEST(memory == text);
  check_all_aborted(ended);
}

// As the asynchronous functions do, whatever the descriptor's flags say.
BOOST_AUTO_TEST_CASE(synchronous_functions_wait_on_a_nonblocking_pipe) {
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  asiofile::stream_file reader(context, ends[0]), writer(context, ends[1]);
  std::string full(1 << 20, 'x');
  full.resize(writer.write_some(asio::buffer(full)));
  std::thread slow([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    std::string back(full.size(), '.');
    reader.read_some(asio::buffer(back));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    writer.write_some(asio::buffer("late", 4));
  });
  error_code ec;
  BOOST_TEST(writer.write_some(asio::buffer("now", 3), ec) == 3U);
  BOOST_TEST(!ec);
  char bytes[4];
  BOOST_TEST(reader.read_some(asio::buffer(bytes, 3), ec) == 3U);
  BOOST_TEST(reader.read_some(asio::buffer(bytes), ec) == 4U);
  BOOST_TEST(!ec);
  slow.join();
}

BOOST_AUTO_TEST_SUITE_END()
