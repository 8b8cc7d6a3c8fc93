// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Offsets that no file can have: every class that takes one reports an error, and not the end of
// the file.

#include "file_contents.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::uint64_t beyond[] = {std::uint64_t{1} << 63,
                                    std::numeric_limits<std::uint64_t>::max() - 1,
                                    std::numeric_limits<std::uint64_t>::max()};

struct fixture {
  watchdog time_limit{std::chrono::seconds(30)};
  temporary_directory directory;
  asio::io_context context;
  const std::string path = directory.path("file");
  asiofile::random_access_file file{context};

  fixture() {
    write_file(path, "content");
    file.open(path, asiofile::file_base::read_write);
  }

  // The result of the first read.
  template <typename Reader>
  void expect_refusal(Reader&& make) {
    auto reader = make();
    const error_code ec = run_operation<error_code>(context, [&](auto handler) {
      reader.async_next([handler](error_code result, const auto& found) mutable {
        BOOST_TEST(!found.has_value());
        handler(result);
      });
    });
    BOOST_TEST(ec == posix_error(EINVAL));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(offset_limits, fixture)

BOOST_AUTO_TEST_CASE(a_read_beyond_them_is_invalid) {
  char byte = 0;
  for (const std::uint64_t offset : beyond) {
    const transfer found = run_transfer(context, [&](auto handler) {
      file.async_read_some_at(offset, asio::buffer(&byte, 1), handler);
    });
    BOOST_TEST(found == transfer(posix_error(EINVAL), 0));
  }
}

BOOST_AUTO_TEST_CASE(chunks_from_beyond_them_are_invalid) {
  for (const std::uint64_t offset : beyond) {
    for (const std::size_t ahead : {0U, 2U}) {
      asiofile::chunk_reader_options options;
      options.offset = offset;
      options.read_ahead = ahead;
      expect_refusal([&] { return asiofile::chunk_reader(file, options); });
      options.length = 1;
      expect_refusal([&] { return asiofile::chunk_reader(file, options); });
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_from_beyond_them_are_invalid) {
  for (const std::uint64_t offset : beyond) {
    asiofile::line_reader_options options;
    options.offset = offset;
    expect_refusal([&] { return asiofile::line_reader(file, options); });
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_beyond_them_is_invalid) {
  for (const std::uint64_t offset : beyond) {
    asiofile::file_writer_options options;
    options.offset = offset;
    asiofile::file_writer writer(file, options);
    const transfer written = run_transfer(
        context, [&](auto handler) { writer.async_write(asio::buffer("12", 2), handler); });
    const error_code flushed =
        run_status(context, [&](auto handler) { writer.async_flush(handler); });
    BOOST_TEST((written.error == posix_error(EINVAL) || flushed == posix_error(EINVAL)));
    BOOST_TEST(read_file(path) == "content");
  }
}

// On tmpfs a file may be as large as the largest offset.
BOOST_AUTO_TEST_CASE(readers_end_where_the_largest_file_does) {
  constexpr auto size = std::numeric_limits<std::int64_t>::max();
  const int memory = ::memfd_create("largest", MFD_CLOEXEC);
  BOOST_REQUIRE(memory != -1);
  BOOST_REQUIRE(::ftruncate(memory, size) == 0);
  asiofile::random_access_file largest(context);
  largest.assign(memory);
  const std::uint64_t start = static_cast<std::uint64_t>(size) - 5;
  for (const std::size_t ahead : {0U, 1U, 4U}) {
    for (const std::size_t chunk : {1U, 3U, 65'536U}) {
      asiofile::chunk_reader reader(largest,
                                    {.chunk_bytes = chunk, .read_ahead = ahead, .offset = start});
      std::size_t bytes = 0;
      error_code failed;
      bool is_over = false;
      while (!is_over && !failed) {
        reader.async_next([&](error_code ec, const auto& found) {
          failed = ec;
          is_over = !found.has_value();
          if (found) bytes += found->size();
        });
        context.restart();
        context.run();
      }
      BOOST_TEST(!failed);
      BOOST_TEST(bytes == 5U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
