// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// One operation at a time, with nothing else that could wake the context: it must wake up for each,
// whenever the operation completes. A lost wake-up triggers the watchdog.

#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t rounds = normally_or_sanitized(30'000, 3'000);
constexpr std::size_t block = 4096;

// Each handler starts the next operation.
class one_at_a_time {
 public:
  explicit one_at_a_time(random_access_file& file) : file_(file) {}

  void next() {
    if (++started_ > rounds) return;
    // Buffered writes, and other operations that another thread or a kernel worker runs.
    const auto handler = [this](error_code ec, auto...) {
      if (ec) ++failed_;
      ++completed_;
      next();
    };
    if (started_ % 8 == 0)
      file_.async_resize(block * 16, handler);
    else if (started_ % 8 == 1)
      file_.async_allocate(0, block, handler);
    else
      file_.async_write_some_at(started_ % 16 * block, asio::buffer(memory_), handler);
  }

  [[nodiscard]] std::size_t completed() const noexcept { return completed_; }
  [[nodiscard]] std::size_t failed() const noexcept { return failed_; }

 private:
  random_access_file& file_;
  std::array<char, block> memory_{};
  std::size_t started_ = 0;
  std::size_t completed_ = 0;
  std::size_t failed_ = 0;
};

// An operation on one file, while a synchronous function waits for those of another one: it
// consumes wake-ups that are not for it. Returns how many handlers have run.
std::size_t wait_beside_others(asio::io_context& context, const std::string& path,
                               const std::string& stream_path) {
  constexpr std::size_t count = rounds / 3;
  std::atomic<std::size_t> completed = 0;
  const auto handler = [&](error_code, std::size_t) { ++completed; };
  random_access_file file(context, path, file_base::read_write | file_base::create);
  asiofile::stream_file stream(context, stream_path, file_base::read_write | file_base::create);
  const std::array<char, block> memory{};
  for (std::size_t i = 0; i != count; ++i) {
    stream.seek(0, file_base::seek_set);
    stream.async_write_some(asio::buffer(memory), handler);
    file.async_write_some_at(i % 16 * block, asio::buffer(memory), handler);
    // Behind what was started on it.
    stream.write_some(asio::buffer(memory));
    while (completed != 2 * (i + 1)) std::this_thread::yield();
  }
  return completed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wake_ups)

BOOST_AUTO_TEST_CASE(none_is_lost_where_nothing_else_wakes_the_context) {
  const watchdog limit(60s);
  const temporary_directory directory;
  asio::io_context context;
  random_access_file file(context, directory.path("data"),
                          file_base::read_write | file_base::create);
  one_at_a_time user(file);
  user.next();
  context.run();
  BOOST_TEST(user.completed() == rounds);
  BOOST_TEST(user.failed() == 0u);
}

BOOST_AUTO_TEST_CASE(none_is_lost_to_a_synchronous_function_that_waits) {
  const watchdog limit(60s);
  const temporary_directory directory;
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  running_threads threads(context, 2);
  const std::size_t completed =
      wait_beside_others(context, directory.path("file"), directory.path("stream"));
  BOOST_TEST(completed == rounds / 3 * 2);
  work.reset();
}

BOOST_AUTO_TEST_SUITE_END()
