// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A stream file beside others that use the same file, or the same open file description: it reads
// and writes where read(2) and write(2) would.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::stream_file;
using test_support::error_code;
using test_support::run_transfer;

namespace {

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;
  // As an asynchronous operation, or by a synchronous function.
  bool is_asynchronous = false;

  void write(stream_file& file, const std::string& text) {
    if (is_asynchronous) {
      const auto seen = run_transfer(context, [&](auto handler) {
        file.async_write_some(asio::buffer(text), std::move(handler));
      });
      BOOST_TEST(!seen.error, seen.error.message());
      BOOST_TEST(seen.bytes == text.size());
    } else {
      BOOST_TEST(file.write_some(asio::buffer(text)) == text.size());
    }
  }

  std::string read(stream_file& file) {
    std::string text(100, '.');
    if (is_asynchronous) {
      const auto seen = run_transfer(context, [&](auto handler) {
        file.async_read_some(asio::buffer(text), std::move(handler));
      });
      text.resize(seen.bytes);
    } else {
      error_code ec;
      text.resize(file.read_some(asio::buffer(text), ec));
    }
    return text;
  }

  static void append(const std::string& to, const std::string& text) {
    const int fd = ::open(to.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    BOOST_REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(shared_descriptor, fixture)

BOOST_AUTO_TEST_CASE(what_another_appends_behind_an_appended_write_is_read) {
  for (const bool way : {false, true}) {
    is_asynchronous = way;
    test_support::write_file(path, "old");
    stream_file file(context, path, file_base::read_write | file_base::append);
    write(file, "mine");
    append(path, "others");
    BOOST_TEST(read(file) == "others");
    // The next one lands at the end, wherever that is by now.
    append(path, "!");
    write(file, "mine");
    BOOST_TEST(test_support::read_file(path) == "oldmineothers!mine");
  }
}

BOOST_AUTO_TEST_CASE(an_assigned_stream_begins_where_its_descriptor_is) {
  for (const bool way : {false, true}) {
    is_asynchronous = way;
    test_support::write_file(path, "0123456789");
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    BOOST_REQUIRE(::lseek(fd, 7, SEEK_SET) == 7);
    stream_file file(context, fd);
    BOOST_TEST(read(file) == "789");
    BOOST_TEST(::lseek(fd, 0, SEEK_CUR) == 10);
  }
}

BOOST_AUTO_TEST_CASE(an_assigned_stream_overwrites_nothing_of_others_on_the_same_open_file) {
  for (const bool way : {false, true}) {
    is_asynchronous = way;
    test_support::write_file(path, "");
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const int others = ::dup(fd);
    stream_file file(context, fd);
    write(file, "first,");
    // As printf on a redirected standard output does.
    BOOST_REQUIRE(::dprintf(others, "second,") == 7);
    write(file, "third,");
    BOOST_REQUIRE(::dprintf(others, "fourth") == 6);
    BOOST_TEST(test_support::read_file(path) == "first,second,third,fourth");
    ::close(others);
  }
}

BOOST_AUTO_TEST_CASE(an_assigned_stream_and_a_child_process_write_one_after_the_other) {
  if (!test_support::children_can_be_trusted()) return;
  test_support::write_file(path, "");
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  const int others = ::dup(fd);
  stream_file file(context, fd);
  write(file, "parent,");
  test_support::child_process child(
      [&] { test_support::child_require(::write(others, "child,", 6) == 6, "write"); });
  BOOST_TEST(child.wait().succeeded());
  write(file, "parent");
  BOOST_TEST(test_support::read_file(path) == "parent,child,parent");
  ::close(others);
}

BOOST_AUTO_TEST_SUITE_END()
