// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The virtual clock.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <variant>

using namespace testing_tests;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(testing_clock)

BOOST_AUTO_TEST_CASE(operations_take_virtual_time_and_none_in_reality) {
  const auto start = std::chrono::steady_clock::now();
  file_system files({.delay_min = 600s, .delay_max = 700s});
  program its(files);
  asiofile::random_access_file file(its.context);
  BOOST_TEST(its.run([&](auto handler) {
    file.async_open("/a", read_write_create, std::move(handler));
  }) == error_code());
  BOOST_TEST((files.now() >= 600s && files.now() <= 700s));
  BOOST_TEST(its.run([&](auto handler) { file.async_sync_all(std::move(handler)); }) ==
             error_code());
  BOOST_TEST((files.now() >= 1200s && files.now() <= 1400s));
  const auto before = files.now();
  file.sync_all();
  BOOST_TEST((files.now() - before >= 600s && files.now() - before <= 700s));
  BOOST_TEST((std::chrono::steady_clock::now() - start < 60s));
}

BOOST_AUTO_TEST_CASE(a_rule_says_how_long_operations_take) {
  file_system files;
  program its(files);
  files.write_file("/slow", "x");
  files.write_file("/fast", "x");
  asiofile::random_access_file slow(its.context, "/slow", file_base::read_only);
  asiofile::random_access_file fast(its.context, "/fast", file_base::read_only);
  files.on_delay(
      [](const asiofile::testing::call& made) -> std::optional<std::chrono::nanoseconds> {
        if (made.kind != call_kind::read) return std::nullopt;
        return made.path == "/slow" ? 10s : 1s;
      });
  const auto start = files.now();
  std::string order;
  char bytes[2];
  slow.async_read_some_at(0, asio::buffer(bytes, 1), [&](auto...) {
    order += 's';
    BOOST_TEST((files.now() - start == 10s));
  });
  fast.async_read_some_at(0, asio::buffer(bytes + 1, 1), [&](auto...) {
    order += 'f';
    BOOST_TEST((files.now() - start == 1s));
  });
  its.context.run();
  BOOST_TEST(order == "fs");
}

BOOST_AUTO_TEST_CASE(the_clock_stands_while_the_context_has_something_to_do) {
  file_system files;
  program its(files);
  int turns = 0;
  std::function<void()> again = [&] {
    BOOST_TEST((files.now() == 0s));
    if (++turns != 3) asio::post(its.context, again);
  };
  files.async_wait(its.context, 1s, [&](auto) { BOOST_TEST(turns == 3); });
  again();
  its.context.run();
  BOOST_TEST((files.now() == 1s));
}

BOOST_AUTO_TEST_CASE(waits_end_in_their_order) {
  file_system files;
  program its(files);
  std::string order;
  files.async_wait(its.context, 3h, [&](auto) { order += 'c'; });
  files.async_wait(its.context, 1ns, [&](auto) { order += 'a'; });
  files.async_wait(its.context, 2s, [&](auto ec) {
    BOOST_TEST(ec == error_code());
    order += 'b';
  });
  its.context.run();
  BOOST_TEST(order == "abc");
  BOOST_TEST((files.now() == 3h));
}

BOOST_AUTO_TEST_CASE(the_test_moves_the_clock) {
  file_system files;
  program its(files);
  files.advance(5s);
  BOOST_TEST((files.now() == 5s));
  files.async_wait(its.context, 1s, [](auto) {});
  its.context.poll_one();
  files.advance(4s);
  its.context.run();
  BOOST_TEST((files.now() == 9s));
}

BOOST_AUTO_TEST_CASE(a_wait_can_be_cancelled) {
  file_system files;
  program its(files);
  asio::cancellation_signal signal;
  error_code result;
  files.async_wait(its.context, 1h, asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) {
                     result = ec;
                   }));
  files.async_wait(its.context, 1s, [&](auto) { signal.emit(asio::cancellation_type::terminal); });
  its.context.run();
  BOOST_TEST(result == posix_error(ECANCELED));
  BOOST_TEST((files.now() == 1s));
}

BOOST_AUTO_TEST_CASE(a_wait_on_a_context_with_other_files_is_not_supported) {
  file_system files;
  asio::io_context other;
  BOOST_TEST(test_support::run_status(other, [&](auto handler) {
               files.async_wait(other, 1s, std::move(handler));
             }) == posix_error(EOPNOTSUPP));
  file_system other_files;
  program its(other_files);
  BOOST_TEST(its.run([&](auto handler) {
    files.async_wait(its.context, 1s, std::move(handler));
  }) == posix_error(EOPNOTSUPP));
}

BOOST_AUTO_TEST_CASE(a_time_limit_ends_an_operation_that_hangs) {
  using namespace asio::experimental::awaitable_operators;
  file_system files;
  program its(files);
  files.write_file("/a", "content");
  files.on_delay(
      [](const asiofile::testing::call& made) -> std::optional<std::chrono::nanoseconds> {
        if (made.kind != call_kind::read) return std::nullopt;
        return 1h;
      });
  bool was_too_late = false;
  const auto limited = [&]() -> asio::awaitable<void> {
    asiofile::random_access_file file(its.context, "/a", file_base::read_only);
    char bytes[7];
    const auto first =
        co_await (file.async_read_some_at(0, asio::buffer(bytes), asio::use_awaitable) ||
                  files.async_wait(its.context, 5s, asio::use_awaitable));
    was_too_late = first.index() == 1;
  };
  asio::co_spawn(its.context, limited(), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  its.context.run();
  BOOST_TEST(was_too_late);
  BOOST_TEST((files.now() >= 5s && files.now() < 6s));
}

BOOST_AUTO_TEST_CASE(a_request_to_cancel_comes_too_late_as_often_as_asked_for) {
  for (const double share : {0.0, 1.0}) {
    file_system files({.ignored_cancellations = share, .delay_min = 1s, .delay_max = 1s});
    program its(files);
    asiofile::random_access_file file(its.context, "/a", read_write_create);
    int aborted = 0;
    for (int i = 0; i != 20; ++i)
      file.async_write_some_at(0, asio::buffer("x", 1), [&](error_code ec, std::size_t) {
        if (ec == posix_error(ECANCELED)) ++aborted;
      });
    asio::post(its.context, [&] { file.cancel(); });
    its.context.run();
    BOOST_TEST(aborted == (share == 0.0 ? 20 : 0));
  }
}

BOOST_AUTO_TEST_SUITE_END()
