// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include "home.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_FIXTURE_TEST_SUITE(home_page, in_own_directory)

BOOST_AUTO_TEST_CASE(saves) {
  asio::io_context context;
  run_coroutine(context, save("text"));
  BOOST_TEST(read("data.bin") == "text");
}

BOOST_AUTO_TEST_SUITE_END()
