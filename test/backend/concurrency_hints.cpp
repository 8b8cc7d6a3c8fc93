// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Every concurrency hint of an io_context, with as many threads as it allows, and operations
// started from threads that do not run the context.

#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t block = 512;
constexpr std::size_t file_blocks = 256;
constexpr auto read_write = asiofile::file_base::read_write;

constexpr std::array one_thread_hints{1, BOOST_ASIO_CONCURRENCY_HINT_DEFAULT,
                                      BOOST_ASIO_CONCURRENCY_HINT_UNSAFE,
                                      BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
constexpr std::array thread_safe_hints{BOOST_ASIO_CONCURRENCY_HINT_DEFAULT, 4};

// Reads one block of a pattern file and checks it.
class checked_reads {
 public:
  explicit checked_reads(std::size_t operations)
      : counts_(operations), buffers_(operations), wrong_(0) {}

  void start(random_access_file& file, std::uint32_t file_number, std::size_t operation,
             std::function<void()> then = {}) {
    const std::size_t offset = operation * 7 % file_blocks * block;
    file.async_read_some_at(
        offset, asio::buffer(buffers_[operation]),
        [this, file_number, operation, offset, then = std::move(then)](error_code ec,
                                                                       std::size_t n) {
          counts_.record(operation);
          if (ec || n != block || !has_pattern(buffers_[operation], file_number, offset)) ++wrong_;
          if (then) then();
        });
  }

  void check() const {
    BOOST_TEST(counts_.each_once());
    BOOST_TEST(wrong_ == 0u);
  }

 private:
  completion_counts counts_;
  std::vector<std::array<char, block>> buffers_;
  std::atomic<std::size_t> wrong_;
};

// Starts the same number of reads from each of four threads: all on one file, or on one file per
// thread.
void start_from_four_threads(int hint, bool one_file) {
  constexpr std::size_t starters = 4;
  constexpr std::size_t reads_each = normally_or_sanitized(5'000, 500);
  const temporary_directory directory;
  asio::io_context context(hint);
  std::vector<random_access_file> files;
  for (std::uint32_t i = 0; i != starters; ++i) {
    const std::string path =
        make_pattern_file(directory.path(std::to_string(i)), i, file_blocks * block);
    files.emplace_back(context, path, read_write);
  }
  checked_reads reads(starters * reads_each);
  {
    auto work = asio::make_work_guard(context);
    running_threads runners(context, 4);
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread != starters; ++thread) {
      threads.emplace_back([&, thread] {
        const std::size_t file = one_file ? 0 : thread;
        for (std::size_t i = 0; i != reads_each; ++i)
          reads.start(files[file], static_cast<std::uint32_t>(file), thread * reads_each + i);
      });
    }
    for (auto& thread : threads) thread.join();
    work.reset();
  }
  reads.check();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(concurrency_hints)

BOOST_AUTO_TEST_CASE(one_thread_can_run_a_context_with_any_hint) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, file_blocks * block);
  fifo pipe(directory.path("fifo"));
  constexpr std::size_t operations = 1'000;
  for (const int hint : one_thread_hints) {
    BOOST_TEST_CONTEXT("hint " << hint) {
      asio::io_context context(hint);
      random_access_file file(context);
      bool opened = false;
      file.async_open(path, read_write, [&](error_code ec) { opened = !ec; });
      context.run();
      BOOST_TEST_REQUIRE(opened);

      // Many at a time, then one after the other from handlers.
      checked_reads reads(2 * operations);
      std::size_t next = operations;
      std::function<void()> start_next = [&] {
        if (next == 2 * operations) return;
        const std::size_t operation = next++;
        reads.start(file, 1, operation, start_next);
      };
      for (std::size_t i = 0; i != operations; ++i) reads.start(file, 1, i);
      start_next();
      context.restart();
      context.run();
      reads.check();

      // Operations that run on threads because neither the ring nor the page cache can serve them,
      // and cancelled ones.
      random_access_file waiting(context, pipe.path(), read_write);
      std::array<char, 8> first{};
      std::array<char, 8> second{};
      std::size_t got = 0;
      error_code cancelled;
      bool synced = false;
      const std::string rewritten = pattern(1, 0, 16);
      waiting.async_read_some_at(0, asio::buffer(first), [&](error_code, std::size_t n) {
        got = n;
        waiting.async_read_some_at(0, asio::buffer(second),
                                   [&](error_code ec, std::size_t) { cancelled = ec; });
        waiting.cancel();
      });
      file.async_write_some_at(0, asio::buffer(rewritten), [&](error_code, std::size_t) {
        file.async_sync_data([&](error_code ec) { synced = !ec; });
      });
      BOOST_TEST(pipe.feed(8));
      context.restart();
      context.run();
      BOOST_TEST(got == 8u);
      BOOST_TEST(cancelled == asio::error::operation_aborted);
      BOOST_TEST(synced);
      file.close();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_context_with_any_hint_can_be_destroyed_with_operations_in_flight) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, file_blocks * block);
  fifo pipe(directory.path("fifo"));
  for (const int hint : one_thread_hints) {
    auto held = std::make_shared<int>();
    std::array<std::array<char, 16>, 64> buffers{};
    {
      asio::io_context context(hint);
      random_access_file file(context, path, read_write);
      random_access_file waiting(context, pipe.path(), read_write);
      for (std::size_t i = 0; i != buffers.size(); ++i) {
        (i % 2 == 0 ? file : waiting)
            .async_read_some_at(0, asio::buffer(buffers[i]), [held](error_code, std::size_t) {});
      }
      context.poll_one();
    }
    BOOST_TEST(held.use_count() == 1);
  }
}

BOOST_AUTO_TEST_CASE(four_threads_can_run_a_context_and_start_from_handlers) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, file_blocks * block);
  for (const int hint : thread_safe_hints) {
    constexpr std::size_t chains = 32;
    constexpr std::size_t length = normally_or_sanitized(500, 50);
    asio::io_context context(hint);
    random_access_file file(context, path, read_write);
    checked_reads reads(chains * length);
    std::function<void(std::size_t)> start = [&](std::size_t operation) {
      const bool last = operation % length == length - 1;
      reads.start(
          file, 1, operation,
          last ? std::function<void()>() : [&, operation] { start(operation + 1); });
    };
    for (std::size_t chain = 0; chain != chains; ++chain) start(chain * length);
    running_threads(context, 4).join();
    reads.check();
  }
}

BOOST_AUTO_TEST_CASE(foreign_threads_can_start_operations_on_one_file) {
  const watchdog limit(60s);
  for (const int hint : thread_safe_hints) start_from_four_threads(hint, true);
}

BOOST_AUTO_TEST_CASE(foreign_threads_can_start_operations_on_many_files) {
  const watchdog limit(60s);
  for (const int hint : thread_safe_hints) start_from_four_threads(hint, false);
}

BOOST_AUTO_TEST_CASE(foreign_threads_can_start_operations_before_the_context_is_run) {
  const watchdog limit(30s);
  const temporary_directory directory;
  const std::string path = make_pattern_file(directory.path("data"), 1, file_blocks * block);
  for (const int hint : thread_safe_hints) {
    constexpr std::size_t reads_each = 500;
    asio::io_context context(hint);
    random_access_file file(context, path, read_write);
    checked_reads reads(4 * reads_each);
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread != 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = 0; i != reads_each; ++i) reads.start(file, 1, thread * reads_each + i);
      });
    }
    for (auto& thread : threads) thread.join();
    context.run();
    reads.check();
  }
}

BOOST_AUTO_TEST_SUITE_END()
