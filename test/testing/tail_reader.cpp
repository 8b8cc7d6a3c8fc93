// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Tail readers on files in memory: by polling, on the virtual clock, and with faults.

#include "files_in_memory.hpp"

#include <asiofile/tail_reader.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace testing_tests;
using namespace std::chrono_literals;
using asiofile::tail_reader;

namespace {

const std::string path = "/app.log";

struct fixture {
  file_system files;
  program its{files};
  tail_reader reader{its.context, path, {.poll_interval = 10s}};
  std::vector<std::string> got;

  // Runs the program for this long.
  void run(std::chrono::nanoseconds time) {
    files.async_wait(its.context, time, [this](error_code) { reader.cancel(); });
    read();
    its.context.restart();
    its.context.run();
  }

  void read() {
    reader.async_next([this](error_code ec, std::optional<std::string_view> line) {
      if (ec == asio::error::operation_aborted) return;
      got.emplace_back(line ? std::string(*line) : "error " + std::to_string(ec.value()));
      read();
    });
  }

  std::vector<std::string> take() { return std::exchange(got, {}); }
};

using lines = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(testing_tail_readers, fixture)

BOOST_AUTO_TEST_CASE(they_look_every_poll_interval_of_the_clock) {
  run(1s);
  BOOST_TEST(take() == lines(), boost::test_tools::per_element());
  files.write_file(path, "one\n");
  const auto before = files.now();
  files.async_wait(its.context, 5s, [this](error_code) { write(its, path, 4, "two\n"); });
  run(30s);
  BOOST_TEST(take() == (lines{"one", "two"}), boost::test_tools::per_element());
  BOOST_TEST((files.now() - before >= 30s));
  const auto calls = files.call_count();
  run(1h);
  // A read and a look at the name each time, and a few more at first.
  BOOST_TEST(files.call_count() - calls >= 2U * 360);
  BOOST_TEST(files.call_count() - calls < 5U * 360);
}

BOOST_AUTO_TEST_CASE(files_that_follow_one_another) {
  files.write_file(path, "one\nhalf");
  run(1s);
  BOOST_TEST(!its.rename(path, path + ".1"));
  files.write_file(path, "two\n");
  run(1min);
  BOOST_TEST(take() == (lines{"one", "half", "two"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_read_is_an_error_once_and_then_waited_for) {
  files.write_file(path, "one\n");
  files.add_fault({.kind = call_kind::open,
                   .path = path,
                   .count = 0,
                   .error = boost::system::errc::permission_denied});
  run(1min);
  BOOST_TEST(take() == lines{"error " + std::to_string(EACCES)}, boost::test_tools::per_element());
  files.clear_faults();
  run(1min);
  BOOST_TEST(take() == lines{"one"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_read_that_fails_loses_nothing) {
  files.write_file(path, "one\ntwo\n");
  files.add_fault({.kind = call_kind::read, .path = path});
  run(1min);
  BOOST_TEST(take() == (lines{"error " + std::to_string(EIO), "one", "two"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
