// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Times of files: those in the range of `file_time` are exact, others become its first or last
// value.

#include "system/status_conversion.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>

using asiofile::file_time;
using asiofile::detail::time_from;

namespace {

constexpr std::int64_t last_second = 9'223'372'036;
constexpr std::int64_t first_second = -9'223'372'037;

std::int64_t count(file_time time) { return time.time_since_epoch().count(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(times_of_files)

BOOST_AUTO_TEST_CASE(within_the_range_are_exact) {
  BOOST_TEST(count(time_from(0, 0)) == 0);
  BOOST_TEST(count(time_from(0, 999'999'999)) == 999'999'999);
  BOOST_TEST(count(time_from(-1, 999'999'999)) == -1);
  BOOST_TEST(count(time_from(1'700'000'000, 5)) == 1'700'000'000'000'000'005);
  BOOST_TEST(count(time_from(-2'147'483'648, 1)) == -2'147'483'647'999'999'999);
}

BOOST_AUTO_TEST_CASE(at_its_ends_are_exact) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  BOOST_TEST(count(time_from(last_second, 0)) == last_second * 1'000'000'000);
  BOOST_TEST(count(time_from(last_second, 854'775'806)) == most - 1);
  BOOST_TEST(count(time_from(last_second, 854'775'807)) == most);
  BOOST_TEST(count(time_from(first_second + 1, 0)) == (first_second + 1) * 1'000'000'000);
  BOOST_TEST(count(time_from(first_second, 145'224'193)) == least + 1);
  BOOST_TEST(count(time_from(first_second, 145'224'192)) == least);
}

BOOST_AUTO_TEST_CASE(beyond_it_are_its_first_or_last) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  BOOST_TEST((time_from(last_second, 854'775'808) == file_time::max()));
  BOOST_TEST((time_from(last_second + 1, 0) == file_time::max()));
  // The last that ext4 has: 2446-05-10.
  BOOST_TEST((time_from(15'032'385'535, 0) == file_time::max()));
  BOOST_TEST((time_from(most, 999'999'999) == file_time::max()));
  BOOST_TEST((time_from(first_second, 145'224'191) == file_time::min()));
  BOOST_TEST((time_from(first_second - 1, 999'999'999) == file_time::min()));
  BOOST_TEST((time_from(least, 0) == file_time::min()));
}

BOOST_AUTO_TEST_SUITE_END()
