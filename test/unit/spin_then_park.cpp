// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Spinning before a thread sleeps: it finds what arrives in time, and does not spin long in vain.

#include "engines/spin_then_park.hpp"

#include "skip.hpp"
#include "system/processors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

using asiofile::detail::spin_then_park;

namespace {

// Whether it looked again after the first time.
bool spins_in_vain(spin_then_park& tested) {
  unsigned looks = 0;
  BOOST_TEST(!tested.spin_until([&] { return ++looks == 0; }));
  return looks > 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(spinning)

BOOST_AUTO_TEST_CASE(what_has_come_is_not_waited_for) {
  spin_then_park tested;
  unsigned looks = 0;
  BOOST_TEST(tested.spin_until([&] { return ++looks == 1; }));
  BOOST_TEST(looks == 1U);
}

BOOST_AUTO_TEST_CASE(what_comes_meanwhile_is_seen) {
  if (!asiofile::detail::has_several_processors())
    return test_support::skip("there is one processor");
  std::atomic<bool> is_over = false, is_wanted = false, is_here = false;
  std::thread other([&] {
    while (!is_over) is_here = is_wanted.load();
  });
  // Repeated until it was found: if the two threads rarely run at the same time, that may take a
  // while.
  bool was_found = false;
  while (!was_found) {
    is_wanted = false;
    while (is_here) std::this_thread::yield();
    spin_then_park tested;
    unsigned looks = 0;
    was_found = tested.spin_until([&] {
      is_wanted = true;
      return ++looks > 1 && is_here;
    });
  }
  is_over = true;
  other.join();
}

BOOST_AUTO_TEST_CASE(what_mostly_does_not_come_is_seldom_waited_for) {
  if (!asiofile::detail::has_several_processors())
    return test_support::skip("there is one processor");
  spin_then_park tested;
  BOOST_TEST(spins_in_vain(tested));
  unsigned count = 0;
  for (int i = 0; i != 10'000; ++i) count += spins_in_vain(tested) ? 1 : 0;
  BOOST_TEST(count > 0U);
  BOOST_TEST(count < 100U);
}

BOOST_AUTO_TEST_CASE(what_has_come_once_is_waited_for_again) {
  if (!asiofile::detail::has_several_processors())
    return test_support::skip("there is one processor");
  spin_then_park tested;
  for (int i = 0; i != 1000; ++i) spins_in_vain(tested);
  // At the next wait, spinning is worth it.
  for (bool has_waited = false; !has_waited;) {
    unsigned looks = 0;
    has_waited = tested.spin_until([&] { return ++looks == 3; });
  }
  BOOST_TEST(spins_in_vain(tested));
}

BOOST_AUTO_TEST_SUITE_END()
