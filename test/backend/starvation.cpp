// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// File completions leave room for timers, sockets and other files, and other files do not wait for
// a handler that takes long.

#include "completion_counts.hpp"
#include "file_contents.hpp"
#include "running_threads.hpp"
#include "sanitizers.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::random_access_file;
using boost::system::error_code;
using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;
using namespace test_support;

namespace {

constexpr std::size_t block = 4096;
constexpr std::size_t blocks = 64;

// A loose bound: about a hundred times what is measured on an idle machine.
constexpr clock_type::duration median_delay_max = normally_or_sanitized(20ms, 200ms);
constexpr clock_type::duration high_delay_max = normally_or_sanitized(150ms, 500ms);

clock_type::duration percentile(std::vector<clock_type::duration> delays, std::size_t percent) {
  std::sort(delays.begin(), delays.end());
  return delays.at(std::min(delays.size() - 1, delays.size() * percent / 100));
}

// Chains of reads of cached data, each started by the handler of the one before, until told to
// stop.
class flood {
 public:
  flood(asio::io_context& context, const std::string& path, std::size_t chains)
      : file_(context, path, asiofile::file_base::read_only), buffers_(chains) {
    for (std::size_t i = 0; i != chains; ++i) next(i);
  }

  void stop() { stopped_ = true; }
  [[nodiscard]] std::size_t reads() const { return reads_; }

 private:
  void next(std::size_t chain) {
    file_.async_read_some_at(chain % blocks * block, asio::buffer(buffers_[chain]),
                             [this, chain](error_code, std::size_t) {
                               ++reads_;
                               if (!stopped_) next(chain);
                             });
  }

  random_access_file file_;
  std::vector<std::array<char, block>> buffers_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> reads_ = 0;
};

// A timer that ticks every millisecond, and how late each tick came.
class ticking {
 public:
  ticking(asio::io_context& context, std::size_t ticks, std::function<void()> at_end)
      : timer_(context), ticks_(ticks), at_end_(std::move(at_end)) {
    next();
  }

  [[nodiscard]] const std::vector<clock_type::duration>& delays() const { return delays_; }

 private:
  void next() {
    timer_.expires_after(1ms);
    timer_.async_wait([this](error_code) {
      delays_.push_back(clock_type::now() - timer_.expiry());
      if (delays_.size() != ticks_) next();
      else at_end_();
    });
  }

  asio::steady_timer timer_;
  std::size_t ticks_;
  std::function<void()> at_end_;
  std::vector<clock_type::duration> delays_;
};

// One byte that goes back and forth through a pair of sockets, and how long each round trip took.
class echoing {
 public:
  explicit echoing(asio::io_context& context) : near_(context), far_(context) {
    asio::local::connect_pair(near_, far_);
    answer();
    ask();
  }

  void stop() {
    error_code ignored;
    stopped_ = true;
    near_.close(ignored);
    far_.close(ignored);
  }
  [[nodiscard]] const std::vector<clock_type::duration>& delays() const { return delays_; }

 private:
  void answer() {
    far_.async_read_some(asio::buffer(far_byte_), [this](error_code ec, std::size_t) {
      if (ec || stopped_) return;
      far_.async_write_some(asio::buffer(far_byte_), [this](error_code failed, std::size_t) {
        if (!failed && !stopped_) answer();
      });
    });
  }

  void ask() {
    const auto start = clock_type::now();
    near_.async_write_some(asio::buffer(near_byte_), [this, start](error_code ec, std::size_t) {
      if (ec || stopped_) return;
      near_.async_read_some(asio::buffer(near_byte_),
                            [this, start](error_code failed, std::size_t) {
                              if (failed || stopped_) return;
                              delays_.push_back(clock_type::now() - start);
                              ask();
                            });
    });
  }

  asio::local::stream_protocol::socket near_;
  asio::local::stream_protocol::socket far_;
  std::array<char, 1> near_byte_{};
  std::array<char, 1> far_byte_{};
  bool stopped_ = false;
  std::vector<clock_type::duration> delays_;
};

struct fixture {
  temporary_directory directory;
  std::string path = make_pattern_file(directory.path("data"), 1, blocks* block);
  std::string other_path = make_pattern_file(directory.path("other"), 2, blocks* block);
};

void sleep_in_handler(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(starvation, fixture)

BOOST_AUTO_TEST_CASE(a_flood_of_reads_leaves_room_for_timers_and_sockets) {
  const watchdog limit(30s);
  constexpr std::size_t ticks = normally_or_sanitized(400, 100);
  asio::io_context context;
  flood reads(context, path, 64);
  echoing echo(context);
  ticking timer(context, ticks, [&] {
    reads.stop();
    echo.stop();
  });
  context.run();
  BOOST_TEST(timer.delays().size() == ticks);
  BOOST_TEST((percentile(timer.delays(), 50) < median_delay_max));
  BOOST_TEST((percentile(timer.delays(), 99) < high_delay_max));
  BOOST_TEST_REQUIRE(echo.delays().size() > 20u);
  BOOST_TEST((percentile(echo.delays(), 50) < median_delay_max));
  BOOST_TEST((percentile(echo.delays(), 99) < high_delay_max));
  // And the other way round.
  BOOST_TEST(reads.reads() > 64u * 10u);
}

BOOST_AUTO_TEST_CASE(ten_thousand_reads_at_once_leave_room_for_a_timer) {
  const watchdog limit(30s);
  constexpr std::size_t operations = 10'000;
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::vector<std::array<char, 64>> buffers(operations);
  completion_counts counts(operations);
  for (std::size_t i = 0; i != operations; ++i) {
    file.async_read_some_at(i, asio::buffer(buffers[i]), [&, i](error_code, std::size_t) {
      counts.record(i);
      // So that all together take far longer than the bound.
      const auto until = clock_type::now() + 20us;
      while (clock_type::now() < until) {
      }
    });
  }
  bool all_done = false;
  std::vector<clock_type::duration> delays;
  asio::steady_timer timer(context);
  std::function<void()> tick = [&] {
    timer.expires_after(1ms);
    timer.async_wait([&](error_code) {
      delays.push_back(clock_type::now() - timer.expiry());
      all_done = counts.total() == operations;
      if (!all_done) tick();
    });
  };
  tick();
  context.run();
  BOOST_TEST(counts.each_once());
  BOOST_TEST(delays.size() >= 5u);
  BOOST_TEST((*std::max_element(delays.begin(), delays.end()) < high_delay_max));
}

BOOST_AUTO_TEST_CASE(a_flood_of_posted_handlers_leaves_room_for_reads) {
  const watchdog limit(30s);
  constexpr std::size_t operations = normally_or_sanitized(1000, 200);
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::array<char, block> buffer{};
  bool stopped = false;
  std::function<void()> post_next = [&] {
    if (!stopped) asio::post(context, [&] { post_next(); });
  };
  for (int i = 0; i != 64; ++i) post_next();
  std::vector<clock_type::duration> delays;
  std::function<void()> read_next = [&] {
    const auto start = clock_type::now();
    file.async_read_some_at(0, asio::buffer(buffer), [&, start](error_code, std::size_t) {
      delays.push_back(clock_type::now() - start);
      if (delays.size() != operations) read_next();
      else stopped = true;
    });
  };
  read_next();
  context.run();
  BOOST_TEST(delays.size() == operations);
  BOOST_TEST((percentile(delays, 99) < high_delay_max));
}

BOOST_AUTO_TEST_CASE(a_busy_strand_does_not_delay_operations_on_another_file) {
  const watchdog limit(30s);
  constexpr auto busy = normally_or_sanitized(300ms, 1500ms);
  asio::io_context context;
  auto strand = asio::make_strand(context);
  random_access_file slow(strand, path, asiofile::file_base::read_only);
  random_access_file other(context, other_path, asiofile::file_base::read_only);
  random_access_file on_busy_strand(strand, other_path, asiofile::file_base::read_only);
  std::array<std::array<char, block>, 4> buffers{};
  std::atomic<bool> began = false;
  std::atomic<bool> ended = false;
  std::atomic<int> while_busy = 0;
  std::atomic<int> run = 0;
  const auto count = [&](error_code ec, std::size_t n) {
    ++run;
    if (!ec && n == block && began && !ended) ++while_busy;
  };
  auto work = asio::make_work_guard(context);
  running_threads threads(context, 2);
  slow.async_read_some_at(0, asio::buffer(buffers[0]), [&](error_code, std::size_t) {
    began = true;
    // Started from within the busy strand: nothing about it may wait for the strand.
    other.async_read_some_at(0, asio::buffer(buffers[1]), count);
    on_busy_strand.async_read_some_at(0, asio::buffer(buffers[2]),
                                      asio::bind_executor(context, count));
    sleep_in_handler(busy);
    ended = true;
  });
  const bool slow_handler_runs = wait_until([&] { return began.load(); });
  const bool both_done = wait_until([&] { return run == 2; });
  // From outside, one after the other.
  std::vector<clock_type::duration> delays;
  while (!ended) {
    const auto start = clock_type::now();
    other.async_read_some_at(0, asio::buffer(buffers[3]), asio::use_future).get();
    delays.push_back(clock_type::now() - start);
  }
  work.reset();
  threads.join();
  BOOST_TEST(slow_handler_runs);
  BOOST_TEST(both_done);
  BOOST_TEST(while_busy == 2);
  BOOST_TEST(delays.size() > 5u);
  BOOST_TEST((*std::max_element(delays.begin(), delays.end()) < busy / 2));
}

BOOST_AUTO_TEST_CASE(one_slow_handler_does_not_hold_back_the_others_of_its_batch) {
  const watchdog limit(30s);
  constexpr std::size_t operations = 64;
  asio::io_context context;
  random_access_file file(context, path, asiofile::file_base::read_only);
  std::vector<std::array<char, block>> buffers(operations);
  completion_counts counts(operations);
  std::atomic<bool> slow = false;
  std::atomic<std::size_t> run_meanwhile = 0;
  for (std::size_t i = 0; i != operations; ++i) {
    file.async_read_some_at(i * block, asio::buffer(buffers[i]), [&, i](error_code, std::size_t) {
      counts.record(i);
      if (slow.exchange(true)) return;
      // The first handler returns only when the other thread has run all others.
      wait_until([&] { return counts.total() == operations; }, 5s);
      run_meanwhile = counts.total() - 1;
    });
  }
  running_threads(context, 2).join();
  BOOST_TEST(counts.each_once());
  BOOST_TEST(run_meanwhile == operations - 1);
}

// Overwrites and syncs end on threads of the kernel or of the library: at any moment, also while
// one thread of the context looks for completions and the other starts to wait for them.
BOOST_AUTO_TEST_CASE(no_completion_goes_unnoticed_with_two_threads) {
  const watchdog limit(30s);
  constexpr std::size_t length = normally_or_sanitized(4'000, 400);
  const std::string written(512, 'w');
  for (const std::size_t chains : {1u, 2u, 5u, 16u}) {
    asio::io_context context;
    random_access_file file(context, path, asiofile::file_base::read_write);
    std::atomic<std::size_t> run = 0;
    std::function<void(std::size_t, std::size_t)> next = [&](std::size_t chain, std::size_t done) {
      ++run;
      if (done == length) return;
      const auto handler = [&, chain, done](error_code, auto...) { next(chain, done + 1); };
      if (done % 50 == 49) file.async_size(handler);
      else file.async_write_some_at(chain * block, asio::buffer(written), handler);
    };
    for (std::size_t chain = 0; chain != chains; ++chain) next(chain, 0);
    running_threads(context, 2).join();
    BOOST_TEST(run == chains * (length + 1));
  }
}

BOOST_AUTO_TEST_CASE(a_handler_may_wait_for_another_operation_that_another_thread_completes) {
  const watchdog limit(30s);
  constexpr std::size_t operations = 32;
  for (int round = 0; round != 20; ++round) {
    asio::io_context context;
    random_access_file file(context, path, asiofile::file_base::read_only);
    random_access_file other(context, other_path, asiofile::file_base::read_only);
    std::vector<std::array<char, block>> buffers(operations + 1);
    completion_counts counts(operations);
    std::atomic<std::size_t> waited_for = 0;
    std::atomic<bool> waited = false;
    for (std::size_t i = 0; i != operations; ++i) {
      file.async_read_some_at(i * block, asio::buffer(buffers[i]), [&, i](error_code, std::size_t) {
        counts.record(i);
        if (waited.exchange(true)) return;
        waited_for =
            other.async_read_some_at(0, asio::buffer(buffers[operations]), asio::use_future).get();
      });
    }
    running_threads(context, 2).join();
    BOOST_TEST(counts.each_once());
    BOOST_TEST(waited_for == block);
    BOOST_TEST(has_pattern(buffers[operations], 2, 0));
  }
}

BOOST_AUTO_TEST_CASE(a_thread_that_comes_later_completes_what_a_handler_waits_for) {
  const watchdog limit(30s);
  for (const std::size_t operations : {1u, 32u}) {
    for (const bool on_strand : {false, true}) {
      for (int round = 0; round != 5; ++round) {
        asio::io_context context;
        random_access_file file(context);
        if (on_strand) file = random_access_file(asio::make_strand(context));
        file.open(path, asiofile::file_base::read_only);
        random_access_file other(context, other_path, asiofile::file_base::read_only);
        std::vector<std::array<char, block>> buffers(operations + 1);
        completion_counts counts(operations);
        std::atomic<std::size_t> waited_for = 0;
        std::atomic<bool> waits = false;
        for (std::size_t i = 0; i != operations; ++i) {
          file.async_read_some_at(i * block, asio::buffer(buffers[i]),
                                  [&, i](error_code, std::size_t) {
                                    counts.record(i);
                                    if (waits) return;
                                    auto result = other.async_read_some_at(
                                        0, asio::buffer(buffers[operations]), asio::use_future);
                                    waits = true;
                                    waited_for = result.get();
                                  });
        }
        {
          running_threads first(context, 1);
          const bool began = wait_until([&] { return waits.load(); });
          BOOST_TEST(began);
          std::this_thread::sleep_for(10ms);
          BOOST_TEST(waited_for == 0u);
          running_threads second(context, 1);
        }
        BOOST_TEST(counts.each_once());
        BOOST_TEST(waited_for == block);
        BOOST_TEST(has_pattern(buffers[operations], 2, 0));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
