// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// `run()` returns when the last operation's handler has returned: not before, and not later.

#include "completion_counts.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "limit_in_flight.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

using clock_type = std::chrono::steady_clock;

// A `run()` that has nothing to wait for takes far less than this.
constexpr auto at_once = normally_or_sanitized(500ms, 2500ms);

// Long enough for a `run()` that returns too early to do so.
constexpr auto a_while = 60ms;

// A thread that calls `run()` once, and whether that has returned.
class runner {
 public:
  explicit runner(asio::io_context& context)
      : thread_([this, &context] {
          context.run();
          returned_ = true;
        }) {}
  ~runner() { join(); }
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;

  [[nodiscard]] bool returned() const { return returned_; }
  [[nodiscard]] std::thread::id id() const { return id_; }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> returned_ = false;
  std::thread thread_;
  const std::thread::id id_ = thread_.get_id();
};

struct fixture {
  temporary_directory directory;
  fifo pipe{directory.path("fifo")};
  std::string path = make_pattern_file(directory.path("data"), 1, 64 * 1024);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(work_counting, fixture)

BOOST_AUTO_TEST_CASE(an_idle_run_returns_at_once) {
  const watchdog limit(10s);
  asio::io_context context;
  const auto start = clock_type::now();

  limit_in_flight(context, 8);
  BOOST_TEST(context.run() == 0u);
  context.restart();
  random_access_file file(context);
  BOOST_TEST(context.run() == 0u);
  context.restart();
  file.open(path, asiofile::file_base::read_only);
  BOOST_TEST(context.run() == 0u);
  BOOST_TEST(context.stopped());
  context.restart();
  BOOST_TEST(context.poll() == 0u);
  context.restart();
  file.close();
  BOOST_TEST(context.run() == 0u);

  BOOST_TEST((clock_type::now() - start < at_once));
}

BOOST_AUTO_TEST_CASE(run_returns_once_the_only_handler_has_returned) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, 512> buffer{};
  for (int round = 0; round != 200; ++round) {
    int run = 0;
    file.async_read_some_at(0, asio::buffer(buffer), [&](error_code ec, std::size_t n) {
      BOOST_TEST(!ec);
      BOOST_TEST(n == buffer.size());
      ++run;
    });
    BOOST_TEST(!context.stopped());
    const auto start = clock_type::now();
    context.run();
    BOOST_TEST(run == 1);
    BOOST_TEST((clock_type::now() - start < at_once));
    BOOST_TEST(context.stopped());
    context.restart();
  }
}

BOOST_AUTO_TEST_CASE(every_kind_of_operation_keeps_run_going_until_its_handler) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context);
  std::array<char, 16> buffer{};
  int run = 0;
  const auto count = [&](error_code, auto...) { ++run; };
  const auto run_adds_one = [&] {
    const int before = run;
    context.restart();
    context.run();
    return run == before + 1;
  };
  file.async_open(path, asiofile::file_base::read_write, count);
  BOOST_TEST(run_adds_one());
  file.async_size(count);
  BOOST_TEST(run_adds_one());
  file.async_read_some_at(0, asio::buffer(buffer), count);
  BOOST_TEST(run_adds_one());
  file.async_write_some_at(0, asio::buffer(buffer), count);
  BOOST_TEST(run_adds_one());
  file.async_sync_data(count);
  BOOST_TEST(run_adds_one());
  file.async_sync_all(count);
  BOOST_TEST(run_adds_one());
  file.async_resize(1024, count);
  BOOST_TEST(run_adds_one());
  file.async_read_some_at(0, asio::mutable_buffer(), count);
  BOOST_TEST(run_adds_one());
  file.async_close(count);
  BOOST_TEST(run_adds_one());
  file.async_close(count);
  BOOST_TEST(run_adds_one());
  file.async_size(count);
  BOOST_TEST(run_adds_one());
}

BOOST_AUTO_TEST_CASE(run_waits_for_an_operation_in_flight) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 16> buffer{};
  std::atomic<int> run = 0;
  file.async_read_some_at(0, asio::buffer(buffer), [&](error_code, std::size_t) { ++run; });
  runner thread(context);
  std::this_thread::sleep_for(a_while);
  BOOST_TEST(!thread.returned());
  BOOST_TEST(run == 0);
  BOOST_TEST(pipe.feed(1));
  thread.join();
  BOOST_TEST(run == 1);
}

BOOST_AUTO_TEST_CASE(work_is_tracked_on_the_files_and_the_handlers_context) {
  const watchdog limit(10s);
  asio::io_context files;
  asio::io_context handlers;
  random_access_file file(files, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 16> buffer{};
  std::atomic<int> run = 0;
  std::thread::id run_by;
  file.async_read_some_at(0, asio::buffer(buffer),
                          asio::bind_executor(handlers, [&](error_code, std::size_t) {
                            run_by = std::this_thread::get_id();
                            ++run;
                          }));
  runner files_thread(files);
  runner handlers_thread(handlers);
  std::this_thread::sleep_for(a_while);
  BOOST_TEST(!files_thread.returned());
  BOOST_TEST(!handlers_thread.returned());
  BOOST_TEST(pipe.feed(1));
  files_thread.join();
  handlers_thread.join();
  BOOST_TEST(run == 1);
  BOOST_TEST((run_by == handlers_thread.id()));
}

BOOST_AUTO_TEST_CASE(an_operation_over_at_once_keeps_both_contexts_running) {
  const watchdog limit(10s);
  asio::io_context files;
  asio::io_context handlers;
  random_access_file closed(files);
  std::array<char, 16> buffer{};
  for (int round = 0; round != 100; ++round) {
    int run = 0;
    closed.async_read_some_at(0, asio::buffer(buffer),
                              asio::bind_executor(handlers, [&](error_code ec, std::size_t) {
                                BOOST_TEST(ec == boost::system::errc::bad_file_descriptor);
                                ++run;
                              }));
    files.restart();
    handlers.restart();
    std::thread files_thread([&] { files.run(); });
    handlers.run();
    files_thread.join();
    BOOST_TEST(run == 1);
  }
}

BOOST_AUTO_TEST_CASE(work_is_tracked_through_a_strand) {
  const watchdog limit(10s);
  asio::io_context context;
  auto strand = asio::make_strand(context);
  random_access_file on_strand(strand, pipe.path(), asiofile::file_base::read_write);
  random_access_file plain(context, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 1> first{};
  std::array<char, 1> second{};
  std::atomic<int> run = 0;
  const auto count = [&](error_code, std::size_t) { ++run; };
  on_strand.async_read_some_at(0, asio::buffer(first), count);
  plain.async_read_some_at(0, asio::buffer(second), asio::bind_executor(strand, count));
  runner thread(context);
  std::this_thread::sleep_for(a_while);
  BOOST_TEST(!thread.returned());
  BOOST_TEST(pipe.feed(1));
  BOOST_TEST(wait_until([&] { return run == 1; }));
  std::this_thread::sleep_for(a_while);
  BOOST_TEST(!thread.returned());
  BOOST_TEST(pipe.feed(1));
  thread.join();
  BOOST_TEST(run == 2);
}

BOOST_AUTO_TEST_CASE(run_and_restart_can_alternate) {
  const watchdog limit(20s);
  asio::io_context context;
  limit_in_flight(context, 4);
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::vector<std::array<char, 64>> buffers(64);
  std::size_t run = 0;
  std::size_t started = 0;
  for (std::size_t round = 0; round != 200; ++round) {
    for (std::size_t i = 0; i != round % buffers.size(); ++i, ++started) {
      file.async_read_some_at(i * 64, asio::buffer(buffers[i]),
                              [&](error_code, std::size_t) { ++run; });
    }
    context.run();
    BOOST_TEST(run == started);
    context.restart();
  }
}

BOOST_AUTO_TEST_CASE(poll_never_waits_and_ends_what_is_done) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file waiting(context, pipe.path(), asiofile::file_base::read_write);
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, 16> from_fifo{};
  std::array<char, 16> buffer{};
  int waited = 0;
  int run = 0;
  waiting.async_read_some_at(0, asio::buffer(from_fifo),
                             [&](error_code, std::size_t) { ++waited; });
  file.async_read_some_at(0, asio::buffer(buffer), [&](error_code, std::size_t) { ++run; });

  auto longest = clock_type::duration::zero();
  const bool done = wait_until([&] {
    const auto start = clock_type::now();
    context.poll();
    longest = std::max(longest, clock_type::now() - start);
    return run == 1;
  });
  BOOST_TEST(done);
  BOOST_TEST((longest < at_once));
  BOOST_TEST(waited == 0);
  BOOST_TEST(!context.stopped());

  BOOST_TEST(pipe.feed(1));
  BOOST_TEST(wait_until([&] {
    context.poll();
    return waited == 1;
  }));
  BOOST_TEST(run == 1);
  BOOST_TEST(wait_until([&] {
    context.poll();
    return context.stopped();
  }));
}

BOOST_AUTO_TEST_CASE(run_for_comes_back_while_an_operation_is_in_flight) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 16> buffer{};
  int run = 0;
  file.async_read_some_at(0, asio::buffer(buffer), [&](error_code, std::size_t) { ++run; });
  for (int i = 0; i != 3; ++i) {
    context.run_for(5ms);
    BOOST_TEST(run == 0);
    BOOST_TEST(!context.stopped());
  }
  BOOST_TEST(pipe.feed(1));
  context.run();
  BOOST_TEST(run == 1);
}

BOOST_AUTO_TEST_CASE(no_handler_runs_after_stop_and_none_is_lost) {
  const watchdog limit(20s);
  constexpr std::size_t operations = 64;
  for (const bool through_strand : {false, true}) {
    for (std::size_t stopping = 0; stopping < operations; stopping += 9) {
      asio::io_context context;
      auto strand = asio::make_strand(context);
      random_access_file file(context, path, asiofile::file_base::read_only);
      if (through_strand) file = random_access_file(strand, path, asiofile::file_base::read_only);
      std::vector<std::array<char, 64>> buffers(operations);
      completion_counts counts(operations);
      for (std::size_t i = 0; i != operations; ++i) {
        file.async_read_some_at(i * 64, asio::buffer(buffers[i]), [&, i](error_code, std::size_t) {
          counts.record(i);
          if (counts.total() == stopping + 1) context.stop();
        });
      }
      context.run();
      // A strand runs its handlers in batches of its own, and may complete a batch that it has
      // begun.
      if (!through_strand) BOOST_TEST(counts.total() == stopping + 1);
      BOOST_TEST(context.stopped());
      context.restart();
      context.run();
      BOOST_TEST(counts.each_once());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_operation_that_ends_while_the_context_is_stopped_is_delivered_later) {
  const watchdog limit(10s);
  asio::io_context context;
  random_access_file file(context, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 16> buffer{};
  int run = 0;
  file.async_read_some_at(0, asio::buffer(buffer), [&](error_code ec, std::size_t n) {
    BOOST_TEST(!ec);
    BOOST_TEST(n == 3u);
    ++run;
  });
  context.run_for(10ms);
  context.stop();
  BOOST_TEST(pipe.feed(3));
  std::this_thread::sleep_for(10ms);
  BOOST_TEST(context.run() == 0u);
  BOOST_TEST(run == 0);
  context.restart();
  context.run();
  BOOST_TEST(run == 1);
}

BOOST_AUTO_TEST_CASE(a_thread_pool_can_be_joined_only_after_the_last_handler) {
  const watchdog limit(10s);
  asio::thread_pool pool(2);
  random_access_file file(pool, pipe.path(), asiofile::file_base::read_write);
  std::array<char, 16> buffer{};
  std::atomic<int> run = 0;
  std::atomic<bool> joined = false;
  file.async_read_some_at(0, asio::buffer(buffer), [&](error_code, std::size_t) { ++run; });
  std::thread joiner([&] {
    pool.join();
    joined = true;
  });
  std::this_thread::sleep_for(a_while);
  BOOST_TEST(!joined);
  BOOST_TEST(run == 0);
  BOOST_TEST(pipe.feed(1));
  joiner.join();
  BOOST_TEST(run == 1);
}

BOOST_AUTO_TEST_SUITE_END()
