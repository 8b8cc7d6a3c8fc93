// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The thread that supervises the workers: while there is something to supervise, and no longer.

#include "engines/watchman.hpp"

#include "wait_until.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

using asiofile::detail::start_thread;
using asiofile::detail::watchman;
using test_support::wait_until;

namespace {

int start_nothing(std::thread&, void (*)(void*), void*) { return EAGAIN; }

struct watched : watchman::client {
  bool look_at_lane() noexcept override {
    ++lane_looks;
    return is_lane_waiting;
  }
  bool look_around() noexcept override {
    ++looks;
    return is_needed;
  }
  std::atomic<int> lane_looks = 0, looks = 0;
  std::atomic<bool> is_lane_waiting = false, is_needed = false;
};

// Whether it stays unchanged for so long that the watchman must be asleep.
bool is_still(const std::atomic<int>& count) {
  const int before = count;
  std::this_thread::sleep_for(std::chrono::milliseconds(35));
  return count == before;
}

struct fixture {
  watched client;
  watchman tested{client, start_thread};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(watchmen, fixture)

BOOST_AUTO_TEST_CASE(it_looks_around_once_for_a_call) {
  BOOST_TEST(tested.call(watchman::round::around));
  BOOST_TEST(wait_until([&] { return client.looks == 1; }));
  BOOST_TEST(is_still(client.looks));
  BOOST_TEST(client.lane_looks == 0);
  BOOST_TEST(tested.call(watchman::round::around));
  BOOST_TEST(wait_until([&] { return client.looks == 2; }));
}

BOOST_AUTO_TEST_CASE(it_comes_by_again_while_it_is_needed) {
  client.is_needed = true;
  tested.call(watchman::round::around);
  BOOST_TEST(wait_until([&] { return client.looks > 3; }));
  client.is_needed = false;
  BOOST_TEST(wait_until([&] { return is_still(client.looks); }));
}

BOOST_AUTO_TEST_CASE(it_stays_at_the_lane_while_something_waits_there) {
  client.is_lane_waiting = true;
  tested.call(watchman::round::lane);
  BOOST_TEST(wait_until([&] { return client.lane_looks > 60; }));
  // It makes its other rounds as well.
  BOOST_TEST(wait_until([&] { return client.looks > 1; }));
  client.is_lane_waiting = false;
  BOOST_TEST(wait_until([&] { return is_still(client.lane_looks); }));
  BOOST_TEST(wait_until([&] { return is_still(client.looks); }));
}

BOOST_AUTO_TEST_CASE(it_comes_to_the_lane_from_any_round) {
  tested.call(watchman::round::lane);  // while it sleeps
  BOOST_TEST(wait_until([&] { return client.lane_looks > 0; }));
  BOOST_TEST(wait_until([&] { return is_still(client.lane_looks) && is_still(client.looks); }));
  client.is_needed = true;
  tested.call(watchman::round::around);
  const int before = client.looks;
  BOOST_TEST(wait_until([&] { return client.looks > before; }));
  const int lane_before = client.lane_looks;
  tested.call(watchman::round::lane);  // while it is awake
  BOOST_TEST(wait_until([&] { return client.lane_looks > lane_before; }));
}

// So that it need not be called again for the next operation.
BOOST_AUTO_TEST_CASE(it_stays_at_the_lane_for_a_while_after_each_call) {
  for (int round = 0; round != 2; ++round) {
    const int before = client.lane_looks;
    tested.call(watchman::round::lane);
    BOOST_TEST(wait_until([&] { return is_still(client.lane_looks); }));
    BOOST_TEST(client.lane_looks - before > 10);
  }
}

BOOST_AUTO_TEST_CASE(a_call_while_it_looks_is_not_lost) {
  struct calling : watched {
    bool look_around() noexcept override {
      // It is called again just after it has looked.
      if (looks == 0) him->call(watchman::round::around);
      return watched::look_around();
    }
    watchman* him = nullptr;
  } its;
  watchman called(its, start_thread);
  its.him = &called;
  called.call(watchman::round::around);
  BOOST_TEST(wait_until([&] { return its.looks == 2; }));
}

BOOST_AUTO_TEST_CASE(a_call_tells_where_nobody_comes) {
  watchman absent(client, start_nothing);
  BOOST_TEST(!absent.call(watchman::round::lane));
  BOOST_TEST(!absent.call(watchman::round::around));
  tested.stop();
  BOOST_TEST(!tested.call(watchman::round::around));
}

BOOST_AUTO_TEST_CASE(it_ends_in_any_round) {
  for (const auto round : {watchman::round::around, watchman::round::lane}) {
    client.is_needed = client.is_lane_waiting = true;
    watchman ended(client, start_thread);
    ended.call(round);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  watchman unused(client, start_thread);
}

BOOST_AUTO_TEST_SUITE_END()
