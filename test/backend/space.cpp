// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Space of files: allocated without growing, released, zeroed.

#include "file_contents.hpp"
#include "linux_only.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::size_rule;
using test_support::error_code;
using test_support::read_file;
using test_support::run_status;

namespace {

constexpr std::uint64_t block = 65'536;  // a multiple of every file system's

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;

  fixture() { test_support::write_file(path, std::string(4 * block, 'x')); }

  error_code allocate(random_access_file& file, std::uint64_t offset, std::uint64_t length,
                      size_rule rule) {
    return run_status(context, [&](auto handler) {
      file.async_allocate(offset, length, rule, std::move(handler));
    });
  }
  error_code punch(random_access_file& file, std::uint64_t offset, std::uint64_t length) {
    return run_status(context, [&](auto handler) {
      file.async_punch_hole(offset, length, std::move(handler));
    });
  }
  error_code zero(random_access_file& file, std::uint64_t offset, std::uint64_t length,
                  size_rule rule) {
    return run_status(context, [&](auto handler) {
      file.async_zero_range(offset, length, rule, std::move(handler));
    });
  }
};

std::string with_zeros(std::string text, std::uint64_t offset, std::uint64_t length) {
  text.replace(offset, length, std::string(length, '\0'));
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(space_of_files, fixture)

BOOST_AUTO_TEST_CASE(allocated_space_behind_the_end_need_not_make_the_file_grow) {
  if (!test_support::has_linux("fallocate(2)")) return;
  random_access_file file(context, path, file_base::read_write);
  const error_code ec = allocate(file, 4 * block, 16 * block, size_rule::keep);
  if (ec == errc::operation_not_supported) return test_support::skip("no FALLOC_FL_KEEP_SIZE");
  BOOST_TEST(!ec);
  BOOST_TEST(file.size() == 4 * block);
  file.sync_all();
  BOOST_TEST(file.status().allocated_bytes >= 20 * block);
  file.allocate(30 * block, block, size_rule::keep);
  BOOST_TEST(file.size() == 4 * block);
  BOOST_TEST(!allocate(file, 0, 5 * block, size_rule::grow));
  BOOST_TEST(file.size() == 5 * block);
}

BOOST_AUTO_TEST_CASE(a_hole_reads_as_zeros_and_takes_no_space) {
  if (!test_support::has_linux("fallocate(2)")) return;
  random_access_file file(context, path, file_base::read_write);
  file.sync_all();
  const error_code ec = punch(file, block, 2 * block);
  if (ec == errc::operation_not_supported) return test_support::skip("no FALLOC_FL_PUNCH_HOLE");
  BOOST_TEST(!ec);
  const std::string text(4 * block, 'x');
  BOOST_CHECK(read_file(path) == with_zeros(text, block, 2 * block));
  BOOST_TEST(file.status().allocated_bytes < 4 * block);
  // A part of a block, and a range behind the end.
  file.punch_hole(10, 5);
  BOOST_CHECK(read_file(path) == with_zeros(with_zeros(text, block, 2 * block), 10, 5));
  file.punch_hole(3 * block, 100 * block);
  BOOST_TEST(file.size() == 4 * block);
}

BOOST_AUTO_TEST_CASE(a_range_is_zeroed_within_the_size_or_makes_the_file_grow) {
  if (!test_support::has_linux("fallocate(2)")) return;
  random_access_file file(context, path, file_base::read_write);
  const error_code ec = zero(file, 100, block, size_rule::keep);
  if (ec == errc::operation_not_supported) return test_support::skip("no FALLOC_FL_ZERO_RANGE");
  BOOST_TEST(!ec);
  const std::string text = with_zeros(std::string(4 * block, 'x'), 100, block);
  BOOST_CHECK(read_file(path) == text);
  BOOST_TEST(!zero(file, 4 * block, block, size_rule::keep));
  BOOST_TEST(file.size() == 4 * block);
  file.zero_range(4 * block, block, size_rule::grow);
  BOOST_CHECK(read_file(path) == text + std::string(block, '\0'));
}

BOOST_AUTO_TEST_CASE(a_bad_part_or_file_is_refused) {
  if (!test_support::has_linux("fallocate(2)")) return;
  constexpr std::uint64_t too_far = std::uint64_t{1} << 63;
  random_access_file file(context, path, file_base::read_write);
  random_access_file closed(context);
  random_access_file reader(context, path, file_base::read_only);
  BOOST_TEST(punch(file, 0, 0) == errc::invalid_argument);
  BOOST_TEST(punch(file, too_far, 1) == errc::invalid_argument);
  BOOST_TEST(zero(file, too_far - 1, 2, size_rule::keep) == errc::invalid_argument);
  BOOST_TEST(punch(closed, 0, 1) == asio::error::bad_descriptor);
  BOOST_TEST(zero(reader, 0, 1, size_rule::keep) == asio::error::bad_descriptor);
  error_code ec;
  file.punch_hole(too_far, 1, ec);
  BOOST_TEST(ec == errc::invalid_argument);
  reader.zero_range(0, 1, size_rule::grow, ec);
  BOOST_TEST(ec == asio::error::bad_descriptor);
  BOOST_CHECK(read_file(path) == std::string(4 * block, 'x'));
}

BOOST_AUTO_TEST_SUITE_END()
