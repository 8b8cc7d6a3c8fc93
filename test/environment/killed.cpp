// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A process that is killed at any moment: the records that were reported to it as durable are in
// its files.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "record_log.hpp"
#include "shared_value.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace test_support;

namespace {

constexpr std::size_t rounds = 200;

}  // namespace

BOOST_AUTO_TEST_SUITE(killed)

BOOST_AUTO_TEST_CASE(at_any_moment_leaves_every_record_that_was_durable) {
  const watchdog limit(std::chrono::seconds(120));
  const std::vector<asiofile::backend> backends = available_backends();
  std::mt19937 random(9);
  std::uint64_t records = 0;
  for (std::size_t i = 0; i != rounds; ++i) {
    const temporary_directory directory;
    const shared_value<durable_counts> durable;
    for (std::size_t file = 0; file != record_log_files; ++file)
      write_file(record_file(directory.root(), file), "");
    {
      const child_process child([&] {
        write_records(backends[i % backends.size()], directory.root(), false, *durable);
      });
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    }
    std::string lost;
    try {
      require_durable_records(directory.root(), *durable);
    } catch (const std::exception& found) {
      lost = found.what();
    }
    BOOST_TEST(lost.empty(), "round " << i << ": " << lost);
    for (const auto& each : *durable) records += each;
  }
  BOOST_TEST(records > rounds);
  BOOST_TEST_MESSAGE(records << " records were durable before " << rounds << " kills");
}

BOOST_AUTO_TEST_SUITE_END()
