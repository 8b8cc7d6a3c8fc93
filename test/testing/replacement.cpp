// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A replacement that is written in parts, on files in memory: with a crash at every call, with
// every error, and without room.

#include "files_in_memory.hpp"
#include "watchdog.hpp"

#include <asiofile/directory.hpp>
#include <asiofile/replacement_file.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace testing_tests;
using asiofile::testing::names_in_crash;

namespace {

using texts = std::vector<std::string>;

constexpr std::size_t piece_bytes = 700;
constexpr std::size_t pieces = 3;

const std::string old_content = std::string(1000, 'o');
const std::string new_content = std::string(piece_bytes * pieces, 'n');

// Writes a replacement of "/dir/a" in pieces and commits it. Returns the error of the first step
// that fails.
class replacing {
 public:
  replacing(program& its, const std::string& path) : its_(its), replacement_(its.context) {
    error_ = its.run([&](auto handler) { replacement_.async_open(path, std::move(handler)); });
    for (std::size_t i = 0; i != pieces && !error_; ++i) write();
  }

  error_code commit() {
    if (error_) return error_;
    return its_.run([&](auto handler) {
      replacement_.async_commit(
          [handler](error_code ec, const asiofile::random_access_file&) { handler(ec); });
    });
  }

  [[nodiscard]] error_code error() const { return error_; }
  [[nodiscard]] asiofile::replacement_file& its() { return replacement_; }

 private:
  void write() {
    error_ = test_support::run_transfer(its_.context, [&](auto handler) {
               asio::async_write(replacement_, asio::buffer(new_content, piece_bytes),
                                 std::move(handler));
             }).error;
  }

  program& its_;
  asiofile::replacement_file replacement_;
  error_code error_;
};

error_code replace(program& its) { return replacing(its, "/dir/a").commit(); }

std::uint64_t calls_of_a_run() {
  file_system files;
  files.write_file("/dir/a", old_content);
  program its(files);
  BOOST_TEST(replace(its) == error_code());
  return files.call_count();
}

const std::set<std::string> old_or_new{new_content, old_content};

}  // namespace

BOOST_AUTO_TEST_SUITE(testing_replacement)

BOOST_AUTO_TEST_CASE(a_crash_at_any_call_leaves_the_old_or_the_new_content) {
  const test_support::watchdog limit(std::chrono::seconds(120));
  const std::uint64_t calls = calls_of_a_run();
  BOOST_TEST(calls > 10U);
  for (const auto names : {names_in_crash::any_subset, names_in_crash::in_order}) {
    std::set<std::string> left;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      for (std::uint64_t at = 1; at <= calls + 1; ++at) {
        file_system files({.seed = seed, .names = names});
        files.write_file("/dir/a", old_content);
        bool is_committed = false;
        {
          program its(files);
          files.crash_at_call(at);
          is_committed = !replace(its);
          files.crash();
        }
        files.restart();
        const std::string found = files.read_file("/dir/a").value_or("none");
        if (is_committed) BOOST_TEST(found == new_content);
        left.insert(found);
      }
    }
    BOOST_TEST(left == old_or_new, boost::test_tools::per_element());
  }
}

// Shows that the order of the commit's steps is essential: the same steps by hand, without the sync
// of the data or without that of the directory, fail the test.
BOOST_AUTO_TEST_CASE(without_a_sync_the_same_crashes_show_it) {
  for (const bool syncs_data : {false, true}) {
    std::set<std::string> left;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      file_system files({.seed = seed});
      files.write_file("/dir/a", old_content);
      {
        program its(files);
        asiofile::random_access_file file(its.context, "/dir/new", read_write_create);
        file.write_some_at(0, asio::buffer(new_content));
        if (syncs_data) file.sync_all();
        BOOST_TEST(its.rename("/dir/new", "/dir/a") == error_code());
        files.crash();
      }
      files.restart();
      left.insert(files.read_file("/dir/a").value_or("none"));
    }
    if (syncs_data) BOOST_TEST(left.contains(old_content));  // though the rename had completed
    else BOOST_TEST(!std::includes(old_or_new.begin(), old_or_new.end(), left.begin(), left.end()));
  }
}

BOOST_AUTO_TEST_CASE(an_error_of_any_call_leaves_the_old_or_the_new_content_and_no_other_file) {
  const std::uint64_t calls = calls_of_a_run();
  std::size_t failures = 0;
  for (std::uint64_t at = 1; at <= calls; ++at) {
    file_system files;
    files.write_file("/dir/a", old_content);
    program its(files);
    files.add_fault({.first = at, .error = boost::system::errc::io_error});
    const error_code ec = replace(its);
    its.context.restart();
    its.context.run();
    failures += ec ? 1U : 0U;
    const std::string found = files.read_file("/dir/a").value_or("none");
    BOOST_TEST((found == old_content || found == new_content));
    if (!ec) BOOST_TEST((found == new_content));
    BOOST_TEST(files.paths() == (texts{"/dir", "/dir/a"}), boost::test_tools::per_element());
  }
  BOOST_TEST(failures > 5U);
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_is_reported_and_leaves_the_old_content) {
  file_system files;
  files.write_file("/dir/a", old_content);
  program its(files);
  files.add_fault({.kind = call_kind::sync, .error = boost::system::errc::io_error});
  BOOST_TEST(replace(its) == posix_error(EIO));
  BOOST_TEST((files.read_file("/dir/a") == old_content));
  BOOST_TEST(replace(its) == error_code());
  BOOST_TEST((files.read_file("/dir/a") == new_content));
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_content_and_its_room) {
  file_system files;
  files.write_file("/dir/a", old_content);
  files.set_capacity(files.used_bytes() + 1024);
  const std::uint64_t before = files.used_bytes();
  program its(files);
  {
    replacing made(its, "/dir/a");
    BOOST_TEST(made.error() == posix_error(ENOSPC));
  }
  its.context.restart();
  its.context.run();
  BOOST_TEST(files.used_bytes() == before);
  BOOST_TEST((files.read_file("/dir/a") == old_content));
}

BOOST_AUTO_TEST_CASE(destroyed_or_discarded_at_any_moment_it_leaves_nothing) {
  for (const bool is_discarded : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      file_system files({.seed = seed});
      files.write_file("/dir/a", old_content);
      program its(files);
      {
        replacing made(its, "/dir/a");
        BOOST_TEST(made.error() == error_code());
        made.its().async_write_some(asio::buffer(new_content), [](error_code, std::size_t) {});
        if (is_discarded) made.its().async_discard([](error_code ec) { BOOST_TEST(!ec); });
      }
      its.context.restart();
      its.context.run();
      BOOST_TEST((files.read_file("/dir/a") == old_content));
      BOOST_TEST(files.paths() == (texts{"/dir", "/dir/a"}),
                 boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(two_commits_to_one_name_at_once_leave_one_of_them_whole) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    file_system files({.seed = seed});
    files.write_file("/dir/other", "");
    std::optional<error_code> first;
    std::optional<error_code> second;
    {
      program its(files);
      replacing one(its, "/dir/a");
      replacing two(its, "/dir/a");
      one.its().async_commit(
          [&](error_code ec, const asiofile::random_access_file&) { first = ec; });
      two.its().async_commit(
          [&](error_code ec, const asiofile::random_access_file&) { second = ec; });
      its.context.restart();
      its.context.run();
    }
    BOOST_TEST((first == error_code()));
    BOOST_TEST((second == error_code()));
    files.crash();
    files.restart();
    BOOST_TEST((files.read_file("/dir/a") == new_content));
  }
}

BOOST_AUTO_TEST_CASE(beneath_a_directory_it_is_as_durable) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    file_system files({.seed = seed});
    files.write_file("/dir/a", old_content);
    {
      program its(files);
      asiofile::directory root(its.context, "/dir");
      asiofile::replacement_file made(its.context);
      BOOST_TEST(its.run([&](auto handler) {
        made.async_open_beneath(root, "a", std::move(handler));
      }) == error_code());
      test_support::run_transfer(its.context, [&](auto handler) {
        asio::async_write(made, asio::buffer(new_content), std::move(handler));
      });
      BOOST_TEST(its.run([&](auto handler) {
        made.async_commit(
            [handler](error_code ec, const asiofile::random_access_file&) { handler(ec); });
      }) == error_code());
      files.crash();
    }
    files.restart();
    BOOST_TEST((files.read_file("/dir/a") == new_content));
  }
}

BOOST_AUTO_TEST_SUITE_END()
