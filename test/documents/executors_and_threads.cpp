// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include "executors_and_threads.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_FIXTURE_TEST_SUITE(executors_and_threads_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(appends_on_a_strand) {
  asio::thread_pool pool(2);
  append_lines(pool, "log", 100);
  pool.join();
  BOOST_TEST(read("log").size() == 700U);
}

BOOST_AUTO_TEST_CASE(asks_on_a_context_per_thread) {
  write("a", "12345");
  write("b", "67");
  BOOST_TEST(total_size({"a", "b", "none"}, 2) == 7U);
}

BOOST_AUTO_TEST_CASE(names_the_executor) {
  write("a", "12345");
  asio::io_context context;
  std::string text(3, '\0');
  read_start(context, "a", text);
  BOOST_TEST(text == "123");
}

BOOST_AUTO_TEST_CASE(computes_on_a_pool) {
  write("a", std::string(100'000, '\1'));
  asio::io_context context;
  asio::thread_pool pool(1);
  asiofile::random_access_file file(context, "a", asiofile::file_base::read_only);
  BOOST_TEST(run_coroutine(context, sum_of_bytes(file, pool)) == 100'000U);
}

BOOST_AUTO_TEST_SUITE_END()
