// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include "copy_with_progress.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_FIXTURE_TEST_SUITE(copy_with_progress_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(copies_with_progress) {
  write("from", std::string(100'000, 'x'));
  write("to", "older");
  asio::io_context context;
  BOOST_TEST(run_coroutine(context, copy_with_progress("from", "to")) == 100'000U);
  BOOST_TEST(read("to") == std::string(100'000, 'x'));
}

BOOST_AUTO_TEST_CASE(copies_until_told_otherwise) {
  write("from", std::string(100'000, 'x'));
  asio::io_context context;
  asio::cancellation_signal stop;
  copy_until_told_otherwise(context, stop, "from", "to");
  stop.emit(asio::cancellation_type::terminal);
  context.run();
  // Cancelled, or complete: nothing in between.
  BOOST_TEST((!std::filesystem::exists("to") || read("to").size() == 100'000));
}

BOOST_AUTO_TEST_CASE(copies_through_the_program) {
  write("from", "text");
  asio::io_context context;
  asiofile::random_access_file from(context, "from", asiofile::file_base::read_only);
  asiofile::stream_file to(context, "to", asiofile::parse_open_mode("w"));
  BOOST_TEST(run_coroutine(context, copy_in_upper_case(from, to)) == 4U);
  BOOST_TEST(read("to") == "TEXT");
}

BOOST_AUTO_TEST_SUITE_END()
