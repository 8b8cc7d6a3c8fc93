// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What is left of random sequences after a crash, compared with what Linux promises.

#include "crash_promises.hpp"
#include "crash_simulation.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

using namespace crash_steps;

BOOST_AUTO_TEST_SUITE(testing_crash_states)

BOOST_AUTO_TEST_CASE(a_crash_keeps_what_is_promised) {
  const test_support::watchdog guard(std::chrono::seconds(300));
  using asiofile::testing::names_in_crash;
  for (std::uint32_t seed = 1; seed <= 600; ++seed) {
    const std::vector<step> steps = sequence(seed).draw(8 + seed % 18);
    for (std::uint32_t cut = 0; cut != 6; ++cut) {
      const auto kept = cut == 0   ? names_in_crash::none
                        : cut == 1 ? names_in_crash::in_order
                                   : names_in_crash::any_subset;
      promises given;
      const state left = left_in_memory(steps, 1000 * seed + cut, kept, &given);
      const std::string wrong = given.check(left);
      BOOST_REQUIRE_MESSAGE(wrong.empty(), "seed " << seed << ", cut " << cut << ": " << wrong
                                                   << '\n'
                                                   << describe(steps) << "is left:\n"
                                                   << describe(left));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
