// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What the seed decides: the order in which operations end, and how much a read or write transfers.
// The same seed gives the same run.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace testing_tests;
using asio::use_awaitable;

namespace {

asio::awaitable<void> write_records(asiofile::random_access_file& file, int which) {
  for (int i = 0; i != 5; ++i) {
    const std::string record(100, static_cast<char>('a' + which));
    boost::system::error_code ec;
    co_await asio::async_write_at(file, static_cast<std::uint64_t>((i * 8 + which) * 100),
                                  asio::buffer(record), asio::redirect_error(use_awaitable, ec));
    co_await file.async_sync_data(asio::redirect_error(use_awaitable, ec));
  }
}

// A program with much in flight, of all kinds of operations.
std::vector<std::string> history_of_busy_program(std::uint64_t seed) {
  file_system files(
      {.seed = seed, .short_transfers = 0.3, .ignored_cancellations = 0.5, .history = true});
  files.add_fault({.kind = call_kind::sync, .count = 0, .probability = 0.1});
  program its(files);
  asiofile::random_access_file file(its.context, "/data", read_write_create);
  for (int i = 0; i != 8; ++i) asio::co_spawn(its.context, write_records(file, i), asio::detached);
  asiofile::random_access_file other(its.context, "/other", read_write_create);
  const std::string bytes(3000, 'x');
  for (int i = 0; i != 10; ++i) other.async_write_some_at(0, asio::buffer(bytes), [](auto...) {});
  asio::post(its.context, [&] { other.cancel(); });
  for (const char* const name : {"/b", "/c", "/d"})
    asiofile::async_replace_file(its.context, name, asio::buffer(bytes), [](auto...) {});
  asiofile::async_create_temporary(its.context, "/", [](auto...) {});
  files.async_wait(its.context, std::chrono::milliseconds(3), [&](auto) { files.crash(); });
  its.context.run();
  files.restart();
  auto history = files.history();
  for (const std::string& path : files.paths())
    history.push_back(path + ": " + files.read_file(path).value_or("no file"));
  return history;
}

// The order in which operations that were started together end.
std::vector<int> order_of_ends(std::uint64_t seed) {
  file_system files({.seed = seed});
  program its(files);
  asiofile::random_access_file file(its.context, "/data", read_write_create);
  const std::string bytes(10, 'x');
  std::vector<int> order;
  for (int i = 0; i != 10; ++i)
    file.async_write_some_at(0, asio::buffer(bytes), [&order, i](auto...) { order.push_back(i); });
  its.context.run();
  return order;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_seeds)

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run_and_another_seed_another) {
  const test_support::watchdog guard(std::chrono::seconds(120));
  std::set<std::vector<std::string>> runs;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto first = history_of_busy_program(seed);
    const auto second = history_of_busy_program(seed);
    BOOST_TEST(first == second, boost::test_tools::per_element());
    BOOST_TEST(first.size() > 50U);
    runs.insert(first);
  }
  BOOST_TEST(runs.size() == 20U);
}

BOOST_AUTO_TEST_CASE(operations_in_flight_end_in_an_order_that_the_seed_decides) {
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto order = order_of_ends(seed);
    orders.insert(order);
    std::ranges::sort(order);
    BOOST_TEST(order == (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
  BOOST_TEST(orders.size() > 15U);
}

BOOST_AUTO_TEST_CASE(writes_in_flight_take_effect_in_another_order_than_they_end) {
  bool has_differed = false;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    file_system files({.seed = seed});
    program its(files);
    asiofile::random_access_file file(its.context, "/data", read_write_create);
    char last = 0;
    file.async_write_some_at(0, asio::buffer("a", 1), [&](auto...) { last = 'a'; });
    file.async_write_some_at(0, asio::buffer("b", 1), [&](auto...) { last = 'b'; });
    its.context.run();
    has_differed = has_differed || files.read_file("/data") != std::string(1, last);
  }
  BOOST_TEST(has_differed);
}

BOOST_AUTO_TEST_CASE(an_operation_that_is_started_when_another_has_ended_comes_after_it) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    file_system files({.seed = seed});
    program its(files);
    asiofile::random_access_file file(its.context, "/data", read_write_create);
    file.async_write_some_at(0, asio::buffer("a", 1), [&](auto...) {
      file.async_write_some_at(0, asio::buffer("b", 1), [](auto...) {});
    });
    its.context.run();
    BOOST_TEST(files.read_file("/data").value() == "b");
  }
}

BOOST_AUTO_TEST_CASE(short_transfers_happen_as_often_as_asked_for) {
  for (const double share : {0.0, 0.5, 1.0}) {
    file_system files({.seed = 7, .short_transfers = share});
    program its(files);
    files.write_file("/data", std::string(1000, 'x'));
    asiofile::random_access_file file(its.context, "/data", file_base::read_write);
    std::string buffer(1000, '\0');
    int short_count = 0;
    for (int i = 0; i != 200; ++i) {
      const bool is_read = i % 2 == 0;
      const auto done = test_support::run_transfer(its.context, [&](auto handler) {
        if (is_read) file.async_read_some_at(0, asio::buffer(buffer), std::move(handler));
        else file.async_write_some_at(0, asio::buffer(buffer), std::move(handler));
      });
      BOOST_TEST(!done.error);
      BOOST_TEST(done.bytes > 0U);
      if (done.bytes < buffer.size()) ++short_count;
    }
    if (share == 0.0) BOOST_TEST(short_count == 0);
    if (share == 0.5) BOOST_TEST((short_count > 60 && short_count < 140));
    if (share == 1.0) BOOST_TEST(short_count == 200);
  }
}

BOOST_AUTO_TEST_CASE(an_option_that_is_out_of_range_is_named) {
  for (const file_system_options& wrong :
       {file_system_options{.short_transfers = 1.5}, file_system_options{.short_transfers = -1},
        file_system_options{.ignored_cancellations = 2}, file_system_options{.sector_bytes = 500},
        file_system_options{.sector_bytes = 8192},
        file_system_options{.delay_min = std::chrono::seconds(2),
        .delay_max = std::chrono::seconds(1)},
        file_system_options{.delay_min = std::chrono::seconds(-1)}}) {
    BOOST_CHECK_EXCEPTION(file_system{wrong}, boost::system::system_error, [](const auto& error) {
      return error.code() == boost::system::errc::invalid_argument &&
             std::string(error.what()).find("file_system_options::") != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
