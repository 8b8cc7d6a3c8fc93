// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Two threads that make the first file object of a context at the same time.

#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t rounds_max = normally_or_sanitized(500, 100);
// Setting up and tearing down a libaio context takes the kernel some 20 ms.
constexpr auto time_max = 3s;

enum class first_step { make, open, start };

// Each round has a new context, on which two threads take the first step at the same time.
void race(first_step step) {
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, 4096);
  const std::size_t descriptors = open_descriptor_count();
  const std::size_t threads = thread_count();
  const auto deadline = std::chrono::steady_clock::now() + time_max;
  std::size_t rounds = 0;
  std::atomic<bool> is_over = false;
  std::atomic<std::size_t> run = 0;
  std::atomic<std::size_t> wrong = 0;
  {
    std::optional<asio::io_context> context;
    std::array<std::optional<random_access_file>, 2> files;
    std::array<std::array<char, 64>, 2> buffers{};
    std::barrier<> ready(3);
    std::barrier<> done(3);

    const auto read = [&](std::size_t i) {
      files[i]->async_read_some_at(
          0, asio::buffer(buffers[i]), [&, i](error_code ec, std::size_t n) {
            ++run;
            if (ec || n != buffers[i].size() || !has_pattern(buffers[i], 1, 0)) ++wrong;
          });
    };
    const auto racer = [&](std::size_t i) {
      for (;;) {
        ready.arrive_and_wait();
        if (is_over) return;
        files[i].emplace(*context);
        if (step != first_step::make) files[i]->open(path, asiofile::file_base::read_only);
        if (step == first_step::start) read(i);
        done.arrive_and_wait();
      }
    };
    std::thread first(racer, 0);
    std::thread second(racer, 1);
    for (; rounds != rounds_max && std::chrono::steady_clock::now() < deadline; ++rounds) {
      context.emplace();
      ready.arrive_and_wait();
      done.arrive_and_wait();
      for (const std::size_t i : {0u, 1u}) {
        if (step == first_step::make) files[i]->open(path, asiofile::file_base::read_only);
        if (step != first_step::start) read(i);
      }
      context->run();
      if (rounds % 2 == 0) context.reset();
      for (auto& file : files) file.reset();
      context.reset();
    }
    is_over = true;
    ready.arrive_and_wait();
    first.join();
    second.join();
  }
  BOOST_TEST(rounds != 0u);
  BOOST_TEST(run == 2 * rounds);
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(open_descriptor_count() == descriptors);
  BOOST_TEST(settled_thread_count(threads) == threads);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(first_use)

BOOST_AUTO_TEST_CASE(two_threads_may_make_the_first_file_object) {
  const watchdog limit(60s);
  race(first_step::make);
}

BOOST_AUTO_TEST_CASE(two_threads_may_open_the_first_file) {
  const watchdog limit(60s);
  race(first_step::open);
}

BOOST_AUTO_TEST_CASE(two_threads_may_start_the_first_operation) {
  const watchdog limit(60s);
  race(first_step::start);
}

BOOST_AUTO_TEST_CASE(each_context_has_one_service) {
  asio::io_context context;
  random_access_file file(context);
  BOOST_TEST(asio::has_service<asiofile::file_service>(context));
  auto& service = asio::use_service<asiofile::file_service>(context);
  random_access_file other(context);
  BOOST_TEST(&asio::use_service<asiofile::file_service>(context) == &service);
  BOOST_CHECK_THROW(
      asio::make_service<asiofile::file_service>(context, asiofile::service_options()),
      asio::service_already_exists);
}

BOOST_AUTO_TEST_SUITE_END()
