// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Locks of open files.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using asiofile::file_base;
using asiofile::lock_mode;
using asiofile::random_access_file;
using test_support::child_process;
using test_support::child_require;
using test_support::error_code;
using test_support::run_status;

namespace {

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;

  fixture() { test_support::write_file(path, "0123456789"); }

  random_access_file open(file_base::flags flags = file_base::read_write) {
    return random_access_file(context, path, flags);
  }
  // The error of a lock that ends by itself.
  error_code lock(random_access_file& file, lock_mode mode) {
    return run_status(context,
                      [&](auto handler) { file.async_lock(mode, std::move(handler)); });
  }
  void run_for(int milliseconds) {
    context.restart();
    context.run_for(std::chrono::milliseconds(milliseconds));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(locks_of_files, fixture)

BOOST_AUTO_TEST_CASE(two_file_objects_of_one_process_exclude_each_other) {
  auto a = open();
  auto b = open();
  BOOST_TEST(!lock(a, lock_mode::exclusive));
  BOOST_TEST(!b.try_lock(lock_mode::exclusive));
  BOOST_TEST(!b.try_lock(lock_mode::shared));
  a.unlock();
  BOOST_TEST(b.try_lock(lock_mode::exclusive));
  BOOST_TEST(!a.try_lock(lock_mode::shared));
}

BOOST_AUTO_TEST_CASE(shared_locks_exclude_exclusive_ones_only) {
  auto a = open();
  auto b = open();
  BOOST_TEST(!lock(a, lock_mode::shared));
  BOOST_TEST(!lock(b, lock_mode::shared));
  BOOST_TEST(!a.try_lock(lock_mode::exclusive));
  b.unlock();
  BOOST_TEST(a.try_lock(lock_mode::exclusive));  // in place of the shared one
  BOOST_TEST(!b.try_lock(lock_mode::shared));
  BOOST_TEST(a.try_lock(lock_mode::shared));
  BOOST_TEST(b.try_lock(lock_mode::shared));
}

BOOST_AUTO_TEST_CASE(parts_of_a_file_are_locked_each_by_itself) {
  auto a = open();
  auto b = open();
  BOOST_TEST(a.try_lock(lock_mode::exclusive, 0, 10));
  BOOST_TEST(b.try_lock(lock_mode::exclusive, 10, 0));  // all that follows
  BOOST_TEST(!a.try_lock(lock_mode::exclusive, 1'000'000, 1));
  BOOST_TEST(!b.try_lock(lock_mode::exclusive, 9, 1));
  a.unlock(5, 5);
  BOOST_TEST(b.try_lock(lock_mode::exclusive, 9, 1));
  BOOST_TEST(!b.try_lock(lock_mode::exclusive, 4, 1));
  error_code ec = run_status(context, [&](auto handler) {
    a.async_lock(lock_mode::shared, 2, 3, std::move(handler));
  });
  BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_CASE(who_waits_gets_the_lock_when_it_is_free) {
  auto a = open();
  auto b = open();
  a.lock(lock_mode::exclusive);
  std::optional<error_code> result;
  b.async_lock(lock_mode::exclusive, [&](error_code ec) { result = ec; });
  run_for(100);
  BOOST_TEST(!result.has_value());
  a.unlock();
  run_for(5'000);
  BOOST_REQUIRE(result.has_value());
  BOOST_TEST(!*result);
  BOOST_TEST(!a.try_lock(lock_mode::shared));
}

BOOST_AUTO_TEST_CASE(a_lock_ends_with_its_file_object) {
  auto a = std::make_unique<random_access_file>(open());
  auto b = open();
  a->lock(lock_mode::exclusive);
  std::optional<error_code> result;
  b.async_lock(lock_mode::exclusive, [&](error_code ec) { result = ec; });
  run_for(20);
  a.reset();
  run_for(5'000);
  BOOST_REQUIRE(result.has_value());
  BOOST_TEST(!*result);
  b.close();
  BOOST_TEST(open().try_lock(lock_mode::exclusive));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_lock_can_be_cancelled) {
  auto a = open();
  auto b = open();
  a.lock(lock_mode::exclusive);
  for (const bool by_slot : {false, true}) {
    for (const int wait : {0, 50}) {
      asio::cancellation_signal signal;
      std::optional<error_code> result;
      b.async_lock(lock_mode::exclusive,
                   asio::bind_cancellation_slot(signal.slot(),
                                                [&](error_code ec) { result = ec; }));
      run_for(wait);
      BOOST_TEST(!result.has_value());
      if (by_slot) signal.emit(asio::cancellation_type::total);
      else b.cancel();
      run_for(5'000);
      BOOST_REQUIRE(result.has_value());
      BOOST_TEST(*result == asio::error::operation_aborted);
    }
  }
  a.unlock();
  BOOST_TEST(a.try_lock(lock_mode::exclusive));
}

BOOST_AUTO_TEST_CASE(closing_and_destroying_end_the_wait) {
  auto a = open();
  a.lock(lock_mode::exclusive);
  std::optional<error_code> closed;
  std::optional<error_code> destroyed;
  auto b = open();
  {
    auto c = open();
    c.async_lock(lock_mode::shared, [&](error_code ec) { destroyed = ec; });
    b.async_lock(lock_mode::exclusive, [&](error_code ec) { closed = ec; });
    run_for(30);
  }
  b.close();
  run_for(5'000);
  BOOST_TEST((closed == error_code(asio::error::operation_aborted)));
  BOOST_TEST((destroyed == error_code(asio::error::operation_aborted)));
}

BOOST_AUTO_TEST_CASE(the_context_may_go_while_somebody_waits) {
  auto a = open();
  a.lock(lock_mode::exclusive);
  auto alive = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = alive;
  {
    asio::io_context other;
    random_access_file b(other, path, file_base::read_write);
    b.async_lock(lock_mode::exclusive, [kept = std::move(alive)](error_code) {});
    other.run_for(std::chrono::milliseconds(20));
  }
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(those_that_wait_hold_up_nobody_and_take_no_threads) {
  asio::io_context few;
  asiofile::service_options options;
  options.max_in_flight = 2;
  options.thread_count = 2;
  asio::make_service<asiofile::file_service>(few, options);
  auto holder = open();
  holder.lock(lock_mode::exclusive);
  std::list<random_access_file> waiting;
  int locked = 0;
  for (int i = 0; i != 50; ++i) {
    waiting.emplace_back(few, path, file_base::read_write);
    waiting.back().async_lock(lock_mode::shared, [&](error_code ec) { locked += ec ? 0 : 1; });
  }
  few.run_for(std::chrono::milliseconds(100));
  random_access_file file(few, path, file_base::read_write);
  for (int i = 0; i != 20; ++i) {
    bool is_read = false;
    std::string memory(10, '.');
    file.async_size([&](error_code ec, std::uint64_t) { is_read = !ec; });
    few.run_for(std::chrono::milliseconds(1));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!is_read && std::chrono::steady_clock::now() < end)
      few.run_for(std::chrono::milliseconds(1));
    BOOST_TEST(is_read);
  }
  BOOST_TEST(locked == 0);
  holder.unlock();
  few.run_for(std::chrono::seconds(10));
  BOOST_TEST(locked == 50);
}

BOOST_AUTO_TEST_CASE(a_synchronous_lock_waits) {
  auto a = open();
  auto b = open();
  a.lock(lock_mode::exclusive);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    a.unlock();
  });
  const auto start = std::chrono::steady_clock::now();
  b.lock(lock_mode::exclusive);
  BOOST_TEST((std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(40)));
  other.join();
  a.close();
  error_code ec;
  a = open();
  std::thread closing([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    a.close();
  });
  a.lock(lock_mode::shared, ec);
  BOOST_TEST(ec == asio::error::bad_descriptor);
  closing.join();
}

BOOST_AUTO_TEST_CASE(a_clone_is_the_same_open_file) {
  auto a = open();
  auto copy = a.clone();
  auto b = open();
  a.lock(lock_mode::exclusive);
  BOOST_TEST(copy.try_lock(lock_mode::exclusive));
  a.close();
  BOOST_TEST(!b.try_lock(lock_mode::shared));
  copy.close();
  BOOST_TEST(b.try_lock(lock_mode::shared));
}

BOOST_AUTO_TEST_CASE(a_lock_needs_the_right_to_do_what_it_protects) {
  auto reader = open(file_base::read_only);
  auto writer = open(file_base::write_only);
  BOOST_TEST(lock(reader, lock_mode::exclusive) == asio::error::bad_descriptor);
  BOOST_TEST(lock(writer, lock_mode::shared) == asio::error::bad_descriptor);
  BOOST_TEST(!lock(reader, lock_mode::shared));
  reader.unlock();
  BOOST_TEST(!lock(writer, lock_mode::exclusive));
  random_access_file closed(context);
  error_code ec;
  BOOST_TEST(lock(closed, lock_mode::shared) == asio::error::bad_descriptor);
  BOOST_TEST(!closed.try_lock(lock_mode::shared, ec));
  BOOST_TEST(ec == asio::error::bad_descriptor);
  closed.unlock(ec);
  BOOST_TEST(ec == asio::error::bad_descriptor);
}

BOOST_AUTO_TEST_CASE(a_part_out_of_range_is_an_invalid_argument) {
  auto a = open();
  constexpr std::uint64_t too_far = std::uint64_t{1} << 63;
  error_code ec;
  BOOST_TEST(!a.try_lock(lock_mode::shared, too_far, 1, ec));
  BOOST_TEST(ec == errc::invalid_argument);
  a.unlock(too_far - 1, 2, ec);
  BOOST_TEST(ec == errc::invalid_argument);
  ec = run_status(context, [&](auto handler) {
    a.async_lock(lock_mode::shared, too_far - 1, 2, std::move(handler));
  });
  BOOST_TEST(ec == errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(another_process_is_excluded_and_a_forked_child_shares_the_lock) {
  if (!test_support::children_can_be_trusted()) return;
  auto a = open();
  a.lock(lock_mode::exclusive);
  const auto other = child_process([&] {
                       asio::io_context own;
                       random_access_file file(own, path, file_base::read_write);
                       child_require(!file.try_lock(lock_mode::shared), "not excluded");
                     }).wait();
  BOOST_TEST(other.succeeded(), other);
  // Closing the child's copy of the descriptor does not release the lock.
  BOOST_TEST(!open().try_lock(lock_mode::shared));
}

BOOST_AUTO_TEST_CASE(who_waits_across_a_fork_is_aborted_in_the_child_and_goes_on_in_the_parent) {
  if (!test_support::children_can_be_trusted()) return;
  auto a = open();
  auto b = open();
  a.lock(lock_mode::exclusive);
  std::optional<error_code> result;
  b.async_lock(lock_mode::exclusive, [&](error_code ec) { result = ec; });
  run_for(30);
  context.notify_fork(asio::execution_context::fork_prepare);
  child_process child([&] {
    context.notify_fork(asio::execution_context::fork_child);
    context.restart();
    context.run();
    child_require(result == error_code(asio::error::operation_aborted), "not aborted");
  });
  context.notify_fork(asio::execution_context::fork_parent);
  const auto ended = child.wait();
  BOOST_TEST(ended.succeeded(), ended);
  a.unlock();
  run_for(5'000);
  BOOST_REQUIRE(result.has_value());
  BOOST_TEST(!*result);
}

BOOST_AUTO_TEST_SUITE_END()
