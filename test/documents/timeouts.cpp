// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "in_own_directory.hpp"
#include "includes_of_documents.hpp"
#include "run_coroutine.hpp"

#include "timeouts.md.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

namespace {

// A pipe that is never written to.
struct silent_pipe {
  silent_pipe() {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    reader = ends[0];
    writer = ends[1];
  }
  ~silent_pipe() { ::close(writer); }
  int reader = -1;  // For a file object to take.
  int writer = -1;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(timeouts_guide, in_own_directory)

BOOST_AUTO_TEST_CASE(a_coroutine_reads_in_time) {
  write("a", "12345");
  asio::io_context context;
  asiofile::random_access_file file(context, "a", asiofile::file_base::read_only);
  std::string text(5, '\0');
  BOOST_TEST(run_coroutine(context, read_within(file, 0, asio::buffer(text),
                                                std::chrono::seconds(60))) == 5U);
}

BOOST_AUTO_TEST_CASE(a_coroutine_times_out) {
  const silent_pipe pipe;
  asio::io_context context;
  asiofile::random_access_file file(context, pipe.reader);
  std::string text(5, '\0');
  BOOST_CHECK_EXCEPTION(
      run_coroutine(context,
                    read_within(file, 0, asio::buffer(text), std::chrono::milliseconds(10))),
      boost::system::system_error,
      [](const auto& error) { return error.code() == asio::error::timed_out; });
}

BOOST_AUTO_TEST_CASE(a_deadline_for_a_file) {
  write("a", "12345");
  asio::io_context context;
  asiofile::stream_file file(context, "a", asiofile::file_base::read_only);
  BOOST_TEST(run_coroutine(context, read_all_within(file, std::chrono::seconds(60))) == "12345");

  const silent_pipe pipe;
  asiofile::stream_file silent(context, pipe.reader);
  BOOST_CHECK_EXCEPTION(
      run_coroutine(context, read_all_within(silent, std::chrono::milliseconds(10))),
      boost::system::system_error,
      [](const auto& error) { return error.code() == asio::error::operation_aborted; });
}

BOOST_AUTO_TEST_SUITE_END()
