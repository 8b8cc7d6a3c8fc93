// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Durable and untorn writes, space and locks of files in memory.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <asiofile/testing/basic_timer.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace testing_tests;
namespace errc = boost::system::errc;
using asiofile::lock_mode;
using asiofile::random_access_file;
using asiofile::size_rule;
using asiofile::write_flags;

namespace {

// What crashes leave of the file /a, one for each seed.
std::set<std::string> left_by(const std::function<void(file_system&, program&)>& run) {
  std::set<std::string> left;
  file_system_options options;
  for (options.seed = 1; options.seed <= 200; ++options.seed) {
    file_system files(options);
    program its(files);
    run(files, its);
    files.crash();
    files.restart();
    left.insert(files.read_file("/a").value_or("none"));
  }
  return left;
}

error_code write_with(program& its, random_access_file& file, std::uint64_t offset,
                      asio::const_buffer text, write_flags flags) {
  return its.run([&](auto handler) {
    file.async_write_some_at(offset, text, flags,
                             [handler](error_code ec, std::size_t) mutable { handler(ec); });
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_flags)

BOOST_AUTO_TEST_CASE(a_durable_write_survives_and_says_nothing_of_the_others) {
  const auto left = left_by([](file_system& files, program& its) {
    files.write_file("/a", std::string(1'536, 'o'));
    random_access_file file(its.context, "/a", file_base::read_write);
    file.write_some_at(0, asio::buffer("lost", 4));
    BOOST_TEST(!write_with(its, file, 1'024, asio::buffer("kept", 4), write_flags::durable));
  });
  std::set<std::string> first;
  for (const std::string& each : left) {
    BOOST_TEST(each.substr(1'024, 4) == "kept");
    first.insert(each.substr(0, 4));
  }
  BOOST_TEST((first == std::set<std::string>{"lost", "oooo"}));
}

BOOST_AUTO_TEST_CASE(a_durable_write_that_grows_the_file_keeps_its_size) {
  const auto left = left_by([](file_system& files, program& its) {
    files.write_file("/a", "");
    random_access_file file(its.context, "/a", file_base::read_write);
    file.write_some_at(0, asio::buffer("kept", 4), write_flags::durable);
    file.write_some_at(4, asio::buffer("more", 4));
  });
  for (const std::string& each : left) BOOST_TEST(each.starts_with("kept"));
  BOOST_TEST(left.contains("kept"));
}

BOOST_AUTO_TEST_CASE(a_durable_write_is_not_undone_by_an_earlier_one_that_was_not) {
  const auto left = left_by([](file_system& files, program& its) {
    files.write_file("/a", "....");
    random_access_file file(its.context, "/a", file_base::read_write);
    file.write_some_at(0, asio::buffer("old", 3));
    file.write_some_at(0, asio::buffer("new", 3), write_flags::durable);
  });
  BOOST_TEST((left == std::set<std::string>{"new."}));
}

BOOST_AUTO_TEST_CASE(an_untorn_write_is_there_or_not) {
  const auto crash_after = [](write_flags flags) {
    return left_by([flags](file_system& files, program& its) {
      files.write_file("/a", std::string(4'096, 'o'));
      random_access_file file(its.context, "/a", file_base::read_write | file_base::direct);
      asiofile::aligned_buffer memory(4'096, 4'096);
      std::fill_n(memory.data(), 4'096, std::byte{'n'});
      BOOST_TEST(!write_with(its, file, 0, asio::buffer(memory.data(), 4'096), flags));
    });
  };
  const std::string old(4'096, 'o');
  const std::string changed(4'096, 'n');
  BOOST_TEST((crash_after(write_flags::untorn) == std::set<std::string>{old, changed}));
  BOOST_TEST(
      (crash_after(write_flags::untorn | write_flags::durable) == std::set<std::string>{changed}));
  BOOST_TEST(crash_after(write_flags::none).size() > 2U);
}

BOOST_AUTO_TEST_CASE(an_untorn_write_in_flight_at_a_crash_is_there_or_not) {
  std::set<std::string> left;
  file_system_options options;
  options.delay_min = options.delay_max = std::chrono::milliseconds(1);
  for (options.seed = 1; options.seed <= 100; ++options.seed) {
    file_system files(options);
    files.write_file("/a", std::string(4'096, 'o'));
    program its(files);
    random_access_file file(its.context, "/a", file_base::read_write | file_base::direct);
    asiofile::aligned_buffer memory(4'096, 4'096);
    std::fill_n(memory.data(), 4'096, std::byte{'n'});
    file.async_write_some_at(0, asio::buffer(memory.data(), 4'096), write_flags::untorn,
                             [](error_code, std::size_t) {});
    its.context.poll_one();
    files.crash();
    its.context.run();
    files.restart();
    left.insert(files.read_file("/a").value_or("none"));
  }
  for (const std::string& each : left)
    BOOST_TEST((each == std::string(4'096, 'o') || each == std::string(4'096, 'n')));
}

BOOST_AUTO_TEST_CASE(what_untorn_writes_a_file_takes_is_told) {
  file_system files;
  files.write_file("/a", std::string(65'536, 'o'));
  program its(files);
  random_access_file buffered(its.context, "/a", file_base::read_write);
  BOOST_TEST(buffered.untorn_writes().unit_max == 0U);
  const std::string text(4'096, 'n');
  BOOST_TEST(write_with(its, buffered, 0, asio::buffer(text), write_flags::untorn) ==
             errc::operation_not_supported);
  random_access_file file(its.context, "/a", file_base::read_write | file_base::direct);
  const auto limits = file.untorn_writes();
  BOOST_REQUIRE(limits.unit_max != 0U);
  asiofile::aligned_buffer memory(2 * limits.unit_max, 4'096);
  const auto write = [&](std::uint64_t offset, std::size_t size) {
    return write_with(its, file, offset, asio::buffer(memory.data(), size), write_flags::untorn);
  };
  BOOST_TEST(!write(0, limits.unit_max));
  BOOST_TEST(!write(limits.unit_min, limits.unit_min));
  BOOST_TEST(write(0, 2 * limits.unit_max) == errc::invalid_argument);
  BOOST_TEST(write(0, 3 * limits.unit_min) == errc::invalid_argument);
  BOOST_TEST(write(limits.unit_min, limits.unit_max) == errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_durable_write_hears_of_a_sync_that_failed) {
  file_system files;
  files.write_file("/a", "text");
  program its(files);
  random_access_file one(its.context, "/a", file_base::read_write);
  random_access_file other(its.context, "/a", file_base::read_write);
  files.add_fault({.kind = call_kind::sync});
  error_code ec;
  one.sync_data(ec);
  BOOST_TEST(ec == posix_error(EIO));
  BOOST_TEST(write_with(its, other, 0, asio::buffer("t", 1), write_flags::durable) ==
             posix_error(EIO));
  BOOST_TEST(!write_with(its, other, 0, asio::buffer("t", 1), write_flags::durable));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(testing_space)

BOOST_AUTO_TEST_CASE(space_is_allocated_given_back_and_zeroed) {
  file_system files;
  files.write_file("/a", std::string(8'192, 'x'));
  program its(files);
  random_access_file file(its.context, "/a", file_base::read_write);
  const auto before = files.used_bytes();
  file.allocate(8'192, 8'192, size_rule::keep);
  BOOST_TEST(file.size() == 8'192U);
  BOOST_TEST(files.used_bytes() == before + 8'192);
  file.punch_hole(4'000, 100'000);
  BOOST_TEST(file.size() == 8'192U);
  BOOST_TEST(files.used_bytes() == 4'096U);
  BOOST_TEST(its.run([&](auto handler) { file.async_punch_hole(0, 512, handler); }) ==
             error_code());
  BOOST_TEST(files.used_bytes() == 4'096U - 512);
  file.zero_range(600, 100, size_rule::keep);
  file.zero_range(9'000, 100, size_rule::grow);
  BOOST_TEST(file.size() == 9'100U);
  std::string expected(9'100, '\0');
  expected.replace(512, 88, std::string(88, 'x'));
  expected.replace(700, 3'300, std::string(3'300, 'x'));
  BOOST_TEST(files.read_file("/a").value_or("none") == expected);
  error_code ec;
  file.punch_hole(0, 0, ec);
  BOOST_TEST(ec == errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_hole_is_durable_when_it_was_synchronised) {
  const auto left = left_by([](file_system& files, program& its) {
    files.write_file("/a", std::string(1'024, 'o'));
    random_access_file file(its.context, "/a", file_base::read_write);
    file.punch_hole(0, 512);
    file.sync_data();
    file.punch_hole(512, 512);
  });
  const std::string zeros(512, '\0');
  BOOST_TEST(
      (left == std::set<std::string>{zeros + std::string(512, 'o'), zeros + zeros}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(testing_locks)

BOOST_AUTO_TEST_CASE(files_in_memory_exclude_each_other) {
  file_system files;
  files.write_file("/a", "text");
  program its(files);
  random_access_file a(its.context, "/a", file_base::read_write);
  random_access_file b(its.context, "/a", file_base::read_write);
  BOOST_TEST(a.try_lock(lock_mode::shared));
  BOOST_TEST(b.try_lock(lock_mode::shared));
  BOOST_TEST(!b.try_lock(lock_mode::exclusive));
  a.unlock();
  BOOST_TEST(b.try_lock(lock_mode::exclusive, 10, 10));
  BOOST_TEST(!a.try_lock(lock_mode::shared, 19, 1));
  b.unlock(12, 2);
  BOOST_TEST(a.try_lock(lock_mode::exclusive, 12, 2));
  BOOST_TEST(!a.try_lock(lock_mode::exclusive, 11, 2));
  BOOST_TEST(!a.try_lock(lock_mode::exclusive, 5, 1));  // shared by `b` since the beginning
  b.unlock();
  BOOST_TEST(a.try_lock(lock_mode::exclusive));
  a.close();
  BOOST_TEST(b.try_lock(lock_mode::exclusive));
}

BOOST_AUTO_TEST_CASE(who_waits_gets_the_lock_when_a_handler_unlocks_or_closes) {
  const test_support::watchdog limit(std::chrono::seconds(60));
  for (const bool closes : {false, true}) {
    file_system files;
    files.write_file("/a", "text");
    program its(files);
    random_access_file a(its.context, "/a", file_base::read_write);
    random_access_file b(its.context, "/a", file_base::read_write);
    a.lock(lock_mode::exclusive);
    bool is_locked = false;
    b.async_lock(lock_mode::exclusive, [&](error_code ec) { is_locked = !ec; });
    asiofile::testing::timer timer(its.context);
    timer.expires_after(std::chrono::hours(1));
    timer.async_wait([&](error_code) {
      BOOST_TEST(!is_locked);
      if (closes) a.close();
      else a.unlock();
    });
    its.context.run();
    BOOST_TEST(is_locked);
  }
}

BOOST_AUTO_TEST_CASE(a_wait_for_a_lock_ends_by_cancellation_and_by_a_crash) {
  const test_support::watchdog limit(std::chrono::seconds(60));
  file_system_options options;
  options.ignored_cancellations = 1;
  file_system files(options);
  files.write_file("/a", "text");
  program its(files);
  random_access_file a(its.context, "/a", file_base::read_write);
  random_access_file b(its.context, "/a", file_base::read_write);
  a.lock(lock_mode::exclusive);
  std::optional<error_code> result;
  b.async_lock(lock_mode::shared, [&](error_code ec) { result = ec; });
  its.context.run_for(std::chrono::milliseconds(20));
  BOOST_TEST(!result.has_value());
  b.cancel();
  its.context.restart();
  its.context.run();
  BOOST_TEST((result == error_code(asio::error::operation_aborted)));
  result.reset();
  b.async_lock(lock_mode::shared, [&](error_code ec) { result = ec; });
  its.context.restart();
  its.context.run_for(std::chrono::milliseconds(20));
  files.crash();
  its.context.run();
  BOOST_TEST((result == posix_error(EIO)));
  files.restart();
  a.close();
  b.close();
  random_access_file c(its.context, "/a", file_base::read_write);
  BOOST_TEST(c.try_lock(lock_mode::exclusive));
}

BOOST_AUTO_TEST_CASE(a_lock_can_be_made_to_fail) {
  file_system files;
  files.write_file("/a", "text");
  program its(files);
  random_access_file a(its.context, "/a", file_base::read_write);
  files.add_fault({.kind = call_kind::lock, .error = errc::no_lock_available});
  BOOST_TEST(its.run([&](auto handler) { a.async_lock(lock_mode::shared, handler); }) ==
             posix_error(ENOLCK));
}

BOOST_AUTO_TEST_SUITE_END()
