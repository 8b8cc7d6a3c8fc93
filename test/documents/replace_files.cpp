// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include <map>

#include "replace_files.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_FIXTURE_TEST_SUITE(replace_files_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(saves_a_table) {
  write("table.snapshot", "old");
  asio::io_context context;
  run_coroutine(context, save({{"key", "value"}, {"other", "text"}}));
  BOOST_TEST(read("table.snapshot") == "key value\nother text\n");
}

BOOST_AUTO_TEST_SUITE_END()
