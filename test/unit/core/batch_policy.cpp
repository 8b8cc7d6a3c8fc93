// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Which way a batch of reads goes.

#include "service/batch_policy.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <tuple>

using asiofile::detail::batch_policy;
using namespace std::chrono_literals;

namespace {

constexpr auto speculative = batch_policy::way::speculative;
constexpr auto engine = batch_policy::way::engine;

struct counted {
  unsigned speculative = 0;
  unsigned engine = 0;
  unsigned measured = 0;
};

// Runs this many batches of that size; each way takes the given time for each read.
counted run(batch_policy& policy, std::size_t size, unsigned batches,
            std::chrono::nanoseconds speculative_each, std::chrono::nanoseconds engine_each) {
  counted seen;
  for (unsigned i = 0; i != batches; ++i) {
    const auto chosen = policy.choose(size);
    const bool is_engine = chosen.taken == engine;
    ++(is_engine ? seen.engine : seen.speculative);
    if (!chosen.is_measured) continue;
    ++seen.measured;
    const auto each = is_engine ? engine_each : speculative_each;
    policy.learn(size, chosen.taken, each * static_cast<long>(size));
  }
  return seen;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_batch_policy)

BOOST_AUTO_TEST_CASE(the_first_batches_are_tried_read_by_read_and_measured) {
  batch_policy policy;
  for (int i = 0; i != 3; ++i) {
    const auto chosen = policy.choose(8);
    BOOST_TEST((chosen.taken == speculative));
    BOOST_TEST(chosen.is_measured);
  }
}

BOOST_AUTO_TEST_CASE(the_engine_is_explored_now_and_then_until_it_is_known) {
  batch_policy policy;
  BOOST_TEST(policy.choose(8).is_measured);  // number 0
  policy.learn(8, speculative, 800ns);
  unsigned of_engine = 0;
  for (unsigned i = 1; i != 49; ++i) {
    const auto chosen = policy.choose(8);
    BOOST_TEST((chosen.taken == engine) == (i % 16 == 0));
    BOOST_TEST(chosen.is_measured == (i % 16 == 0));
    of_engine += chosen.taken == engine ? 1 : 0;
  }
  BOOST_TEST(of_engine == 3U);
}

BOOST_AUTO_TEST_CASE(the_cheaper_way_is_taken) {
  batch_policy first, second;
  run(first, 32, 64, 100ns, 50ns);
  const counted with_engine = run(first, 32, 448, 100ns, 50ns);
  BOOST_TEST(with_engine.engine == 448U);
  run(second, 32, 64, 50ns, 100ns);
  const counted without = run(second, 32, 448, 50ns, 100ns);
  BOOST_TEST(without.speculative == 448U);
  BOOST_TEST(second.nanoseconds_each(32, engine) == 100);
  BOOST_TEST(second.nanoseconds_each(32, speculative) == 50);
}

BOOST_AUTO_TEST_CASE(equal_cost_stays_with_the_tries) {
  batch_policy policy;
  run(policy, 32, 64, 100ns, 100ns);
  BOOST_TEST(run(policy, 32, 400, 100ns, 100ns).engine == 0U);
}

BOOST_AUTO_TEST_CASE(one_in_thirty_two_is_measured) {
  batch_policy policy;
  run(policy, 32, 64, 100ns, 50ns);
  BOOST_TEST(run(policy, 32, 320, 100ns, 50ns).measured == 10U);
}

BOOST_AUTO_TEST_CASE(the_other_way_is_looked_at_again_and_its_change_is_found_out) {
  batch_policy policy;
  run(policy, 32, 512, 100ns, 50ns);
  const auto chosen = policy.choose(32);  // number 512
  BOOST_TEST((chosen.taken == speculative));
  BOOST_TEST(chosen.is_measured);
  policy.learn(32, speculative, 32 * 100ns);
  // From now on it is cheaper.
  run(policy, 32, 20'000, 10ns, 50ns);
  BOOST_TEST(run(policy, 32, 200, 10ns, 50ns).engine == 0U);
}

BOOST_AUTO_TEST_CASE(a_measurement_during_which_the_thread_did_not_run_counts_for_twice_at_most) {
  batch_policy policy;
  policy.learn(4, speculative, 400ns);
  policy.learn(4, speculative, 4s);
  BOOST_TEST(policy.nanoseconds_each(4, speculative) == 112.5);
  policy.learn(4, speculative, 4 * 32ns);
  BOOST_TEST(policy.nanoseconds_each(4, speculative) == 112.5 + (32 - 112.5) / 8);
}

BOOST_AUTO_TEST_CASE(a_clock_that_stands_still_is_a_measurement_too) {
  batch_policy policy;
  policy.learn(4, speculative, 0ns);
  BOOST_TEST(policy.nanoseconds_each(4, speculative) == 1);
}

BOOST_AUTO_TEST_CASE(sizes_are_told_apart_by_powers_of_two) {
  for (const auto& [one, other, are_alike] :
       std::initializer_list<std::tuple<std::size_t, std::size_t, bool>>{
           {1, 2, false}, {2, 3, true}, {3, 4, false}, {4, 7, true},
           {7, 8, false}, {63, 64, false}, {64, 128, true}, {32, 63, true}}) {
    batch_policy policy;
    policy.learn(one, speculative, 10ns * static_cast<long>(one));
    BOOST_TEST_CONTEXT(one << " and " << other)
    BOOST_TEST((policy.nanoseconds_each(other, speculative) == 10) == are_alike);
  }
}

BOOST_AUTO_TEST_SUITE_END()
