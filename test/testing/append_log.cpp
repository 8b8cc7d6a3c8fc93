// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What a log has acknowledged is there after a power cut, with everything before it: the power is
// cut at each call of many runs, each time with another choice of what else is kept.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <asiofile/append_log.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace testing_tests;
using asiofile::append_log;
using asiofile::append_log_options;
using asiofile::random_access_file;

namespace {

constexpr std::size_t appenders = 6;
constexpr std::size_t records_each = 4;

// How the records are made durable, and the kind of file.
struct setting {
  append_log_options options = {};
  bool is_direct = false;
};

const std::string first_content = "what the file has before";

// Appends and acknowledges as a log does. Incorrect ones show that the test can fail.
class log_under_test {
 public:
  log_under_test(random_access_file file, const setting& how)
      : log_(std::move(file), how.options) {}

  template <typename Handler>
  void append(const std::string& record, Handler handler) {
    log_.async_append(asio::buffer(record), std::move(handler));
  }
  template <typename Handler>
  void close(Handler handler) {
    log_.async_close(std::move(handler));
  }

 private:
  append_log log_;
};

class unsynchronised_log {
 public:
  unsynchronised_log(random_access_file file, const setting&)
      : file_(std::move(file)), end_(first_content.size()) {}

  template <typename Handler>
  void append(const std::string& record, Handler handler) {
    const std::uint64_t offset = std::exchange(end_, end_ + record.size());
    asio::async_write_at(file_, offset, asio::buffer(record),
                         [handler = std::move(handler), offset](
                             error_code ec, std::size_t) mutable { handler(ec, offset); });
  }
  template <typename Handler>
  void close(Handler handler) {
    file_.async_close(std::move(handler));
  }

 private:
  random_access_file file_;
  std::uint64_t end_;
};

// Each record is durable when it is acknowledged, but not those before it.
class log_of_chains {
 public:
  log_of_chains(random_access_file file, const setting&)
      : file_(std::move(file)), end_(first_content.size()) {}

  template <typename Handler>
  void append(const std::string& record, Handler handler) {
    const std::uint64_t offset = std::exchange(end_, end_ + record.size());
    file_.async_write_and_sync_data_at(offset, asio::buffer(record),
                                       [handler = std::move(handler), offset](
                                           error_code ec, auto) mutable { handler(ec, offset); });
  }
  template <typename Handler>
  void close(Handler handler) {
    file_.async_close(std::move(handler));
  }

 private:
  random_access_file file_;
  std::uint64_t end_;
};

// Several appenders, each with one record after the other, until all are done or the power fails.
template <typename Log>
class run_of_appenders {
 public:
  run_of_appenders(file_system& files, const setting& how, std::uint64_t seed)
      : program_(files), random_(seed), whole_(first_content), acknowledged_end_(whole_.size()) {
    const auto flags =
        file_base::read_write | (how.is_direct ? file_base::direct : file_base::flags());
    error_code ec;
    random_access_file file(program_.context);
    file.open("/log", flags, ec);
    if (ec) return;
    try {
      log_.emplace(std::move(file), how);
    } catch (const boost::system::system_error&) {
      return;  // the power has failed
    }
    for (std::size_t i = 0; i != appenders; ++i) append_next(records_each);
    program_.context.run();
  }

  void append_next(std::size_t left) {
    if (left == 0) {
      if (++appenders_done_ == appenders) log_->close([this](error_code ec) { is_closed = !ec; });
      return;
    }
    const std::size_t bytes = 1 + random_() % 300;
    const std::string& record =
        records_.emplace_back(bytes, static_cast<char>('A' + records_.size() % 50));
    const std::uint64_t wanted = whole_.size();
    whole_ += record;
    log_->append(record, [this, bytes, wanted, left](error_code ec, std::uint64_t offset) {
      if (ec) return;
      BOOST_TEST(offset == wanted);
      acknowledged_end_ = std::max(acknowledged_end_, offset + bytes);
      append_next(left - 1);
    });
  }

  // Whether the acknowledged records, and everything before them, are in what is left of the file.
  [[nodiscard]] bool is_kept(const std::string& left) const {
    return left.compare(0, acknowledged_end_, whole_, 0, acknowledged_end_) == 0;
  }
  [[nodiscard]] const std::string& whole() const { return whole_; }

  bool is_closed = false;

 private:
  program program_;
  std::mt19937_64 random_;
  std::optional<Log> log_;
  std::deque<std::string> records_;
  std::string whole_;
  std::uint64_t acknowledged_end_;
  std::size_t appenders_done_ = 0;
};

// How many of the power cuts have lost what was acknowledged: a cut at each call, for each seed.
template <typename Log>
std::size_t count_losses(const setting& how, std::uint64_t seeds) {
  std::size_t losses = 0;
  std::size_t cuts = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    for (std::uint64_t at_call = 1;; ++at_call) {
      file_system files(
          {.seed = seed + 1000 * at_call, .short_transfers = seed % 2 == 0 ? 0.2 : 0});
      files.write_file("/log", first_content);
      files.crash_at_call(at_call);
      const run_of_appenders<Log> done(files, how, seed);
      if (!files.is_down()) {
        BOOST_TEST(done.is_closed);
        BOOST_TEST((files.read_file("/log") == done.whole()));
        break;
      }
      ++cuts;
      files.restart();
      if (!done.is_kept(files.read_file("/log").value())) ++losses;
    }
  }
  BOOST_TEST(cuts > seeds * 5);
  return losses;
}

append_log_options small_buffer(std::uint64_t preallocated_bytes = 0) {
  append_log_options options;
  options.buffer_bytes = 700;
  options.preallocated_bytes = preallocated_bytes;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_append_log)

BOOST_AUTO_TEST_CASE(what_is_acknowledged_survives_a_power_cut_with_everything_before_it) {
  const test_support::watchdog guard(std::chrono::seconds(200));
  for (const bool is_direct : {false, true}) {
    for (const append_log_options& options :
         {append_log_options(), small_buffer(), small_buffer(1000)}) {
      BOOST_TEST_CONTEXT((is_direct ? "direct, " : "buffered, ")
                         << options.buffer_bytes << " bytes, steps of "
                         << options.preallocated_bytes)
      BOOST_TEST(count_losses<log_under_test>({options, is_direct}, 40) == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_log_that_does_not_synchronise_loses_what_it_has_acknowledged) {
  BOOST_TEST(count_losses<unsynchronised_log>({}, 10) > 0U);
}

BOOST_AUTO_TEST_CASE(a_log_of_chains_loses_what_is_before_an_acknowledged_record) {
  BOOST_TEST(count_losses<log_of_chains>({}, 10) > 0U);
}

BOOST_AUTO_TEST_CASE(a_failure_at_any_call_is_final_and_acknowledges_nothing_that_a_crash_loses) {
  const test_support::watchdog guard(std::chrono::seconds(200));
  std::size_t failures = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    for (const call_kind kind : {call_kind::write, call_kind::sync, call_kind::allocate}) {
      for (std::uint64_t first = 1; first != 6; ++first) {
        file_system files({.seed = seed});
        files.write_file("/log", first_content);
        files.add_fault({.kind = kind, .first = first});
        const run_of_appenders<log_under_test> done(files, {small_buffer(500), seed % 2 == 0},
                                                    seed);
        // Some have fewer calls of that kind.
        failures += done.is_closed ? 0 : 1;
        files.crash();
        files.restart();
        BOOST_TEST(done.is_kept(files.read_file("/log").value()));
      }
    }
  }
  BOOST_TEST(failures > 850U);
}

BOOST_AUTO_TEST_CASE(of_a_log_that_is_destroyed_a_record_that_is_written_in_part_is_aborted) {
  // The cancellation of what is being written comes too late.
  file_system files({.ignored_cancellations = 1});
  files.write_file("/log", "");
  program its(files);
  append_log_options options;
  options.buffer_bytes = 10;
  std::optional<append_log> log(
      std::in_place, random_access_file(its.context, "/log", file_base::write_only), options);
  std::vector<error_code> got;
  const auto note = [&](error_code ec, std::uint64_t) { got.push_back(ec); };
  log->async_append(asio::buffer("first", 5), note);
  log->async_append(asio::buffer("second, and longer", 18), note);
  while (files.read_file("/log")->empty()) its.context.run_one();
  log.reset();
  its.context.run();
  BOOST_TEST(got == (std::vector<error_code>{{}, asio::error::operation_aborted}),
             boost::test_tools::per_element());
  // Nothing more was written.
  BOOST_TEST(files.read_file("/log")->size() < 23U);
}

BOOST_AUTO_TEST_CASE(a_failed_sync_is_not_tried_again) {
  file_system files;
  files.write_file("/log", "");
  program its(files);
  append_log log(random_access_file(its.context, "/log", file_base::write_only));
  files.add_fault({.kind = call_kind::sync});
  std::vector<error_code> got;
  const auto note = [&](error_code ec, std::uint64_t) { got.push_back(ec); };
  log.async_append(asio::buffer("lost", 4), note);
  log.async_append(asio::buffer("lost as well", 12), note);
  its.context.run();
  const std::uint64_t calls = files.call_count();
  log.async_append(asio::buffer("later", 5), note);
  its.context.restart();
  its.context.run();
  BOOST_TEST(got == (std::vector<error_code>(3, posix_error(EIO))),
             boost::test_tools::per_element());
  BOOST_TEST(files.call_count() == calls);
  BOOST_TEST(log.durable_end() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
