// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Tries something that is expensive if it fails as long as it succeeds.

#include "operations/back_off.hpp"

#include <boost/test/unit_test.hpp>

using asiofile::detail::back_off;

namespace {

// How many opportunities are skipped before the next try.
unsigned passes_before_try(back_off& tested) {
  unsigned count = 0;
  while (!tested.may_try()) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backing_off)

BOOST_AUTO_TEST_CASE(what_succeeds_is_tried_each_time) {
  back_off tested;
  for (int i = 0; i != 100; ++i) {
    BOOST_TEST(passes_before_try(tested) == 0U);
    tested.learn(true);
  }
}

BOOST_AUTO_TEST_CASE(after_each_failure_twice_as_many_occasions_pass) {
  back_off tested;
  for (const unsigned expected : {0U, 0U, 1U, 3U, 7U, 15U, 31U, 63U, 127U, 128U, 128U}) {
    BOOST_TEST(passes_before_try(tested) == expected);
    tested.learn(false);
  }
}

BOOST_AUTO_TEST_CASE(a_success_forgets_the_failures) {
  back_off tested;
  for (int i = 0; i != 6; ++i) {
    passes_before_try(tested);
    tested.learn(false);
  }
  passes_before_try(tested);
  tested.learn(true);
  BOOST_TEST(passes_before_try(tested) == 0U);
  tested.learn(false);
  BOOST_TEST(passes_before_try(tested) == 0U);
  tested.learn(false);
  BOOST_TEST(passes_before_try(tested) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
