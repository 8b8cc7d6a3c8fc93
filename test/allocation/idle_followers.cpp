// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Ten thousand followers of names without any writes: what each of them costs.

#include "file_contents.hpp"
#include "heap.hpp"
#include "open_descriptors.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using asiofile::tail_reader;
using boost::system::error_code;
using namespace allocation_test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t follower_count = 10'000;
// Each of them has its file open.
constexpr rlim_t descriptors_needed = follower_count + 200;

// `service_options::thread_count`, and two that make no blocking call.
constexpr std::size_t service_threads_max = 6;

bool may_open_enough() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < descriptors_needed) return false;
  limit.rlim_cur = std::max(limit.rlim_cur, descriptors_needed);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{300s};
  asio::io_context context;
  std::vector<tail_reader> followers;
  std::size_t lines = 0;
  std::string last;

  [[nodiscard]] std::string path_of(std::size_t index) const {
    return directory.path("service-" + std::to_string(index) + ".log");
  }

  void wait_for_lines() {
    for (tail_reader& each : followers) {
      const auto take = [this](error_code ec, std::optional<std::string_view> line) {
        BOOST_TEST(!ec, ec.message());
        if (line) last = *line;
        ++lines;
      };
      // Not that of Boost.Asio, which no operator new counts.
      each.async_next(asio::bind_allocator(std::allocator<void>(), take));
    }
  }
  void run_until_lines(std::size_t count) {
    context.restart();
    while (lines != count && context.run_one() != 0) continue;
    BOOST_TEST(lines == count);
  }
  // Until they have found that there is nothing more, and the memory of each no longer changes.
  void run_until_idle() {
    context.restart();
    std::uint64_t before = 0;
    do {
      before = allocation_count();
      context.run_for(200ms);
    } while (allocation_count() != before);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idle_followers, fixture)

BOOST_AUTO_TEST_CASE(ten_thousand_of_them_take_less_than_a_kibibyte_each_and_no_thread) {
  if (!may_open_enough()) return test_support::skip("no limit of 10,200 descriptors");
  for (std::size_t i = 0; i != follower_count; ++i)
    test_support::write_file(path_of(i), "first\n");
  const std::size_t threads_before = test_support::thread_count();
  // What the service makes once.
  followers.emplace_back(context, path_of(0));
  wait_for_lines();
  run_until_lines(1);
  followers.clear();

  const std::int64_t bytes_before = living_bytes();
  followers.reserve(follower_count);
  for (std::size_t i = 0; i != follower_count; ++i) followers.emplace_back(context, path_of(i));
  wait_for_lines();
  run_until_lines(1 + follower_count);
  wait_for_lines();
  run_until_idle();
  BOOST_TEST((living_bytes() - bytes_before) / std::int64_t{follower_count} < 1024);
  BOOST_TEST(test_support::thread_count() - threads_before <= service_threads_max);

  std::ofstream(path_of(follower_count / 2), std::ios::app) << "second\n";
  run_until_lines(2 + follower_count);
  BOOST_TEST(last == "second");
}

BOOST_AUTO_TEST_SUITE_END()
