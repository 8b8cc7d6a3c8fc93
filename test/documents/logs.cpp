// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include "logs.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_FIXTURE_TEST_SUITE(logs_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(keeps_an_event) {
  asio::io_context context;
  run_coroutine(context, run());
  BOOST_TEST(read("events.log") == "an event\n");
}

BOOST_AUTO_TEST_SUITE_END()
