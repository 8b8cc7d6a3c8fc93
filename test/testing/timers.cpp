// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Timers on the virtual clock.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <asiofile/testing/basic_timer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace testing_tests;
using namespace std::chrono_literals;
using asiofile::testing::basic_timer;
using asiofile::testing::timer;
using test_clock = asiofile::testing::clock;

namespace {

const error_code aborted = posix_error(ECANCELED);

// As in a program whose timer is a template parameter.
template <typename Timer>
class heartbeat {
 public:
  template <typename Source>
  explicit heartbeat(Source& source) : timer_(source) {}

  void start(int beats) {
    timer_.expires_after(1s);
    timer_.async_wait([this, beats](error_code ec) {
      if (ec) return;
      ++beats_;
      if (beats > 1) start(beats - 1);
    });
  }
  [[nodiscard]] int beats() const noexcept { return beats_; }

 private:
  Timer timer_;
  int beats_ = 0;
};

template class heartbeat<asio::steady_timer>;

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_timers)

BOOST_AUTO_TEST_CASE(timers_expire_in_their_order_and_take_no_real_time) {
  const auto start = std::chrono::steady_clock::now();
  file_system files;
  program its(files);
  timer late(its.context, 3h);
  timer early(its.context, 1ns);
  timer same(its.context, 3h);
  std::string order;
  late.async_wait([&](error_code ec) {
    BOOST_TEST(ec == error_code());
    BOOST_TEST((files.now() == 3h));
    order += 'b';
  });
  same.async_wait([&](error_code) { order += 'c'; });
  early.async_wait([&](error_code) {
    BOOST_TEST((files.now() == 1ns));
    order += 'a';
  });
  its.context.run();
  BOOST_TEST(order == "abc");
  BOOST_TEST((files.now() == 3h));
  BOOST_TEST((std::chrono::steady_clock::now() - start < 60s));
}

BOOST_AUTO_TEST_CASE(a_program_whose_timer_is_a_parameter_runs_on_the_virtual_clock) {
  file_system files;
  program its(files);
  heartbeat<timer> hearts(its.context);
  hearts.start(3600);
  its.context.run();
  BOOST_TEST(hearts.beats() == 3600);
  BOOST_TEST((files.now() == 1h));
}

BOOST_AUTO_TEST_CASE(a_timer_that_has_expired_is_over_at_once) {
  file_system files;
  program its(files);
  files.advance(10s);
  timer timers[] = {timer(its.context), timer(its.context, -5s),
                    timer(its.context, test_clock::time_point(4s))};
  for (timer& each : timers) {
    its.context.restart();
    BOOST_TEST(its.run([&](auto handler) { each.async_wait(std::move(handler)); }) == error_code());
    BOOST_TEST((files.now() == 10s));
  }
}

BOOST_AUTO_TEST_CASE(the_expiry_is_of_the_clock_and_can_be_asked_for) {
  file_system files;
  program its(files);
  files.advance(2s);
  timer its_timer(its.context);
  BOOST_TEST(its_timer.expires_after(3s) == 0U);
  BOOST_TEST((its_timer.expiry() == test_clock::time_point(5s)));
  BOOST_TEST((test_clock::now() == test_clock::time_point(2s)));
  its_timer.expires_at(test_clock::now() + 1s);
  BOOST_TEST(its.run([&](auto handler) { its_timer.async_wait(std::move(handler)); }) ==
             error_code());
  BOOST_TEST((test_clock::now() == test_clock::time_point(3s)));
  its_timer.expires_after(test_clock::duration::max());
  BOOST_TEST((its_timer.expiry() == test_clock::time_point::max()));
}

BOOST_AUTO_TEST_CASE(the_clock_is_that_of_the_file_system_made_last) {
  BOOST_TEST((test_clock::now() == test_clock::time_point()));
  const file_system_options none;
  file_system first(none);
  first.advance(1s);
  {
    file_system second(none);
    BOOST_TEST((test_clock::now() == test_clock::time_point()));
    second.advance(2s);
    BOOST_TEST((test_clock::now() == test_clock::time_point(2s)));
  }
  BOOST_TEST((test_clock::now() == test_clock::time_point(1s)));
}

BOOST_AUTO_TEST_CASE(a_blocking_wait_moves_the_clock) {
  file_system files;
  program its(files);
  timer its_timer(its.context, 5s);
  its_timer.wait();
  BOOST_TEST((files.now() == 5s));
  its_timer.wait();
  BOOST_TEST((files.now() == 5s));
}

BOOST_AUTO_TEST_CASE(waits_are_cancelled_and_the_clock_stands) {
  file_system files;
  program its(files);
  timer its_timer(its.context, 1h);
  std::vector<error_code> results;
  const auto wait = [&] { its_timer.async_wait([&](error_code ec) { results.push_back(ec); }); };
  wait();
  wait();
  BOOST_TEST(its_timer.cancel() == 2U);
  BOOST_TEST(its_timer.cancel() == 0U);
  BOOST_TEST(results.empty());
  its.context.run();
  BOOST_TEST(results == (std::vector<error_code>{aborted, aborted}),
             boost::test_tools::per_element());
  BOOST_TEST((files.now() == 0s));
}

BOOST_AUTO_TEST_CASE(one_wait_is_cancelled_and_the_other_goes_on) {
  file_system files;
  program its(files);
  timer its_timer(its.context, 1h);
  std::vector<error_code> results;
  for (int i = 0; i != 2; ++i) its_timer.async_wait([&](error_code ec) { results.push_back(ec); });
  BOOST_TEST(its_timer.cancel_one() == 1U);
  its.context.run();
  BOOST_TEST(results == (std::vector<error_code>{aborted, error_code()}),
             boost::test_tools::per_element());
  BOOST_TEST((files.now() == 1h));
}

BOOST_AUTO_TEST_CASE(another_expiry_cancels_the_waits_for_the_one_before) {
  file_system files;
  program its(files);
  timer its_timer(its.context, 1h);
  std::string order;
  its_timer.async_wait([&](error_code ec) {
    BOOST_TEST(ec == aborted);
    order += 'a';
  });
  BOOST_TEST(its_timer.expires_after(2s) == 1U);
  its_timer.async_wait([&](error_code ec) {
    BOOST_TEST(ec == error_code());
    order += 'b';
  });
  its.context.run();
  BOOST_TEST(order == "ab");
  BOOST_TEST((files.now() == 2s));
}

BOOST_AUTO_TEST_CASE(a_slot_cancels_its_wait_and_the_clock_does_not_go_on_to_it) {
  file_system files;
  program its(files);
  timer its_timer(its.context, 1h);
  timer other(its.context, 1s);
  asio::cancellation_signal signal;
  error_code result;
  its_timer.async_wait(
      asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { result = ec; }));
  other.async_wait([&](error_code) { signal.emit(asio::cancellation_type::total); });
  its.context.run();
  BOOST_TEST(result == aborted);
  BOOST_TEST((files.now() == 1s));
}

BOOST_AUTO_TEST_CASE(a_time_limit_that_was_not_needed_takes_no_time) {
  using namespace asio::experimental::awaitable_operators;
  file_system files({.delay_min = 1ms, .delay_max = 1ms});
  program its(files);
  files.write_file("/a", "content");
  const auto read = [&]() -> asio::awaitable<std::size_t> {
    asiofile::random_access_file file(its.context, "/a", file_base::read_only);
    char bytes[7];
    timer limit(its.context, 1h);
    const auto first =
        co_await (file.async_read_some_at(0, asio::buffer(bytes), asio::use_awaitable) ||
                  limit.async_wait(asio::use_awaitable));
    co_return first.index();
  };
  std::optional<std::size_t> first;
  asio::co_spawn(its.context, read(), [&](std::exception_ptr error, std::size_t index) {
    if (error) std::rethrow_exception(error);
    first = index;
  });
  its.context.run();
  BOOST_TEST((first == 0U));
  BOOST_TEST((files.now() < 1s));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_timer_cancels_its_waits_and_a_move_does_not) {
  file_system files;
  program its(files);
  std::string order;
  {
    timer gone(its.context, 1h);
    gone.async_wait([&](error_code ec) {
      BOOST_TEST(ec == aborted);
      order += 'a';
    });
  }
  timer moved(its.context, 1s);
  moved.async_wait([&](error_code ec) {
    BOOST_TEST(ec == error_code());
    order += 'b';
  });
  const timer kept(std::move(moved));
  its.context.run();
  BOOST_TEST(order == "ab");
  BOOST_TEST((files.now() == 1s));
}

// As coroutines do that pass results to each other.
BOOST_AUTO_TEST_CASE(what_a_handler_posts_comes_before_time_goes_on) {
  file_system files;
  program its(files);
  timer limit(its.context, 1h);
  error_code result;
  limit.async_wait([&](error_code ec) { result = ec; });
  timer soon(its.context, 1s);
  soon.async_wait([&](error_code) {
    asio::post(its.context, [&] {
      asio::post(its.context, [&] { asio::post(its.context, [&] { limit.cancel(); }); });
    });
  });
  its.context.run();
  BOOST_TEST(result == aborted);
  BOOST_TEST((files.now() == 1s));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_drops_the_handlers) {
  const auto held = std::make_shared<int>(0);
  file_system files;
  {
    program its(files);
    const auto its_timer = std::make_shared<timer>(its.context, 1h);
    its_timer->async_wait([held, its_timer](error_code) { BOOST_ERROR("a handler ran"); });
    files.async_wait(its.context, 1h, [held](error_code) { BOOST_ERROR("a handler ran"); });
    // With the sleep in flight, and without.
    its.context.poll_one();
    BOOST_TEST(held.use_count() == 3);
  }
  BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(more_timers_than_operations_in_flight_hold_nothing_up) {
  file_system files({.delay_min = 1us, .delay_max = 1ms});
  program its(files);
  std::vector<std::unique_ptr<timer>> timers;
  int expired = 0;
  for (int i = 0; i != 3000; ++i) {
    timers.push_back(std::make_unique<timer>(its.context, 1h + std::chrono::seconds(i % 7)));
    timers.back()->async_wait([&](error_code) { ++expired; });
  }
  write(its, "/a", 0, "content");
  asiofile::random_access_file file(its.context, "/a", file_base::read_only);
  char bytes[7];
  bool is_read = false;
  file.async_read_some_at(0, asio::buffer(bytes), [&](error_code, std::size_t) {
    is_read = true;
    BOOST_TEST((files.now() < 1s));
    BOOST_TEST(expired == 0);
  });
  its.context.run();
  BOOST_TEST(is_read);
  BOOST_TEST(expired == 3000);
  BOOST_TEST((files.now() == 1h + 6s));
}

BOOST_AUTO_TEST_CASE(timers_and_operations_end_in_the_order_of_their_times) {
  file_system files;
  program its(files);
  files.write_file("/a", "x");
  asiofile::random_access_file file(its.context, "/a", file_base::read_only);
  files.on_delay(
      [](const asiofile::testing::call&) { return std::optional<std::chrono::nanoseconds>(5s); });
  std::string order;
  timer before(its.context, 4s);
  timer after(its.context, 6s);
  after.async_wait([&](error_code) { order += 'c'; });
  char byte;
  file.async_read_some_at(0, asio::buffer(&byte, 1), [&](auto...) { order += 'b'; });
  before.async_wait([&](error_code) { order += 'a'; });
  its.context.run();
  BOOST_TEST(order == "abc");
}

BOOST_AUTO_TEST_CASE(every_executor_and_token) {
  const test_support::watchdog guard(60s);
  file_system files;
  program its(files);
  auto strand = asio::make_strand(its.context);
  basic_timer<decltype(strand)> on_strand(strand, 1s);
  bool ran = false;
  on_strand.async_wait([&](error_code) {
    BOOST_TEST(strand.running_in_this_thread());
    ran = true;
  });
  basic_timer<asio::io_context::executor_type> plain(its.context, 1s);
  plain.async_wait(asio::bind_executor(
      strand, [&](error_code) { BOOST_TEST(strand.running_in_this_thread()); }));
  auto later = plain.async_wait(asio::deferred);
  std::move(later)([](error_code ec) { BOOST_TEST(ec == error_code()); });
  its.context.run();
  BOOST_TEST(ran);

  asio::thread_pool pool(3);
  files.attach(pool);
  std::vector<std::unique_ptr<timer>> timers;
  std::vector<std::future<void>> waits;
  for (int i = 0; i != 100; ++i) {
    timers.push_back(std::make_unique<timer>(pool.get_executor(), std::chrono::seconds(i % 10)));
    waits.push_back(timers.back()->async_wait(asio::use_future));
  }
  for (auto& each : waits) each.get();
  pool.join();
  BOOST_TEST((files.now() >= 9s));
}

BOOST_AUTO_TEST_CASE(without_simulated_files_there_is_no_clock) {
  for (const bool has_files : {false, true}) {
    asio::io_context context;
    if (has_files) asio::use_service<asiofile::file_service>(context);
    timer its_timer(context, 1s);
    BOOST_TEST(test_support::run_status(context, [&](auto handler) {
                 its_timer.async_wait(std::move(handler));
               }) == posix_error(EOPNOTSUPP));
    error_code ec;
    its_timer.wait(ec);
    BOOST_TEST(ec == posix_error(EOPNOTSUPP));
    BOOST_TEST(its_timer.cancel() == 0U);
  }
  // And a context whose timer came first can still be given files.
  asio::io_context context;
  timer early(context);
  file_system files;
  files.attach(context);
  early.expires_after(1s);
  BOOST_TEST(test_support::run_status(context, [&](auto handler) {
               early.async_wait(std::move(handler));
             }) == error_code());
}

BOOST_AUTO_TEST_CASE(timers_go_on_through_a_power_cut) {
  file_system files;
  program its(files);
  timer its_timer(its.context, 1h);
  error_code result = aborted;
  its_timer.async_wait([&](error_code ec) { result = ec; });
  its.context.poll_one();
  files.crash();
  its.context.run();
  BOOST_TEST(result == error_code());
}

BOOST_AUTO_TEST_SUITE_END()
