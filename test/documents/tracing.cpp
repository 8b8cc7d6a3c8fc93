// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"

#include "tracing.md.hpp"

#include <boost/test/unit_test.hpp>

namespace {

void use_a_file(asio::io_context& context) {
  asiofile::random_access_file file(context);
  file.async_open("data", asiofile::parse_open_mode("w+"), [&](error_code ec) {
    BOOST_TEST(!ec);
    file.async_write_some_at(0, asio::buffer("x", 1), asio::detached);
  });
  context.run();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tracing_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(logs_slow_operations) {
  asio::io_context context;
  const auto hook = log_slow_operations(context, std::chrono::nanoseconds(0));
  use_a_file(context);
  BOOST_TEST(hook->count() >= 2U);
}

BOOST_AUTO_TEST_CASE(exports_counters) {
  asio::io_context context;
  use_a_file(context);
  BOOST_TEST(metrics(context).find("asiofile_started_total 2\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(measures_latency) {
  asio::io_context context;
  measure_latency(context);
  use_a_file(context);
  BOOST_TEST(slowest_percent(context).count() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
