// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// How much memory readers and writers use: no more than requested, no repeated allocations, and
// none while they have nothing to do.

#include "file_contents.hpp"
#include "heap.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using asiofile::chunk_reader;
using asiofile::file_base;
using asiofile::file_writer;
using asiofile::line_reader;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace allocation_test;

namespace {

constexpr std::size_t kib = 1024;

struct fixture {
  test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(60)};

  void run() {
    context.restart();
    context.run();
  }

  // Reads to the end. Returns how many bytes were read.
  std::size_t read(chunk_reader& reader) {
    std::size_t bytes = 0;
    for (bool is_more = true; is_more;) {
      reader.async_next([&](error_code ec, std::optional<asio::const_buffer> chunk) {
        BOOST_TEST(!ec);
        is_more = chunk.has_value();
        if (chunk) bytes += chunk->size();
      });
      run();
    }
    return bytes;
  }

  std::size_t read(random_access_file& file, const asiofile::chunk_reader_options& options) {
    chunk_reader reader(file, options);
    return read(reader);
  }

  std::size_t read_lines(line_reader& reader) {
    std::size_t count = 0;
    for (bool is_more = true; is_more;) {
      reader.async_next([&](error_code ec, std::optional<std::string_view> line) {
        BOOST_TEST(!ec);
        is_more = line.has_value();
        if (line) ++count;
      });
      run();
    }
    return count;
  }

  void write(file_writer& writer, std::string_view text) {
    writer.async_write(asio::buffer(text), [](error_code ec, std::size_t) { BOOST_TEST(!ec); });
    run();
  }

  void flush(file_writer& writer) {
    writer.async_flush([](error_code ec) { BOOST_TEST(!ec); });
    run();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reader_memory, fixture)

BOOST_AUTO_TEST_CASE(a_short_part_is_read_into_as_much_memory) {
  test_support::write_file(path, std::string(1000 * kib, 'x'));
  random_access_file file(context, path, file_base::read_only);
  asiofile::chunk_reader_options options;
  options.length = 4 * kib;
  // What engines set up once.
  BOOST_TEST(read(file, options) == 4 * kib);
  options.length = 20 * kib;
  const std::uint64_t before = allocated_bytes();
  BOOST_TEST(read(file, options) == 20 * kib);
  BOOST_TEST(allocated_bytes() - before < 40 * kib);
}

BOOST_AUTO_TEST_CASE(a_short_file_is_read_into_as_much_memory) {
  test_support::write_file(path, std::string(20 * kib, 'x'));
  random_access_file file(context, path, file_base::read_only);
  asiofile::chunk_reader_options tiny;
  tiny.length = 1;
  BOOST_TEST(read(file, tiny) == 1U);
  const std::uint64_t before = allocated_bytes();
  BOOST_TEST(read(file, {}) == 20 * kib);
  BOOST_TEST(allocated_bytes() - before < 40 * kib);
}

BOOST_AUTO_TEST_CASE(one_reader_after_the_other_uses_the_same_memory) {
  test_support::write_file(path, std::string(1000 * kib, 'x'));
  random_access_file file(context, path, file_base::read_only);
  const auto read_both = [&] {
    asiofile::chunk_reader_options part;
    part.length = 100 * kib;
    BOOST_TEST(read(file, part) == 100 * kib);
    BOOST_TEST(read(file, {}) == 1000 * kib);
    line_reader lines(file);
    BOOST_TEST(read_lines(lines) == 1U);
  };
  read_both();
  const std::uint64_t before = allocated_bytes();
  constexpr std::uint64_t rounds = 20;
  // The line that takes up the whole file is assembled each time.
  constexpr std::uint64_t of_long_line = 4000 * kib;
  for (std::uint64_t i = 0; i != rounds; ++i) read_both();
  BOOST_TEST((allocated_bytes() - before) / rounds < of_long_line + 32 * kib);
}

BOOST_AUTO_TEST_CASE(an_idle_follower_holds_nothing_but_the_line_that_is_not_finished) {
  constexpr std::size_t count = 200;
  test_support::write_file(path, std::string(100 * kib, 'x') + "\nfirst\nsecond\nunfinished");
  random_access_file file(context, path, file_base::read_only);
  asiofile::line_reader_options options;
  options.follow = true;
  {
    line_reader first(file, options);
    BOOST_TEST(read_lines(first) == 3U);
  }
  std::vector<std::unique_ptr<line_reader>> followers;
  followers.reserve(count);
  const std::int64_t before = living_bytes();
  for (std::size_t i = 0; i != count; ++i) {
    followers.push_back(std::make_unique<line_reader>(file, options));
    BOOST_TEST(read_lines(*followers.back()) == 3U);
  }
  BOOST_TEST((living_bytes() - before) / static_cast<std::int64_t>(count) < 1024);
  // Nor after it has looked in vain, or found something.
  for (const auto& each : followers) BOOST_TEST(read_lines(*each) == 0U);
  std::ofstream(path, std::ios::app) << " no more\n";
  for (const auto& each : followers) BOOST_TEST(read_lines(*each) == 1U);
  BOOST_TEST((living_bytes() - before) / static_cast<std::int64_t>(count) < 1024);
}

BOOST_AUTO_TEST_CASE(a_chunk_reader_at_the_end_holds_no_buffers) {
  test_support::write_file(path, std::string(2000 * kib, 'x'));
  random_access_file file(context, path, file_base::read_only);
  // Its buffers are kept for the next ones.
  BOOST_TEST(read(file, {}) == 2000 * kib);
  std::vector<std::unique_ptr<chunk_reader>> readers;
  readers.reserve(50);
  const std::int64_t before = living_bytes();
  for (std::size_t i = 0; i != 50; ++i) {
    readers.push_back(std::make_unique<chunk_reader>(file));
    BOOST_TEST(read(*readers.back()) == 2000 * kib);
  }
  BOOST_TEST((living_bytes() - before) / 50 < 1024);
}

BOOST_AUTO_TEST_CASE(a_writer_that_has_written_all_holds_no_buffers) {
  random_access_file file(context, path, file_base::read_write | file_base::create);
  const std::string text(600 * kib, 'x');
  {
    file_writer first(file);
    write(first, text);
    flush(first);
  }
  std::vector<std::unique_ptr<file_writer>> writers;
  writers.reserve(50);
  const std::int64_t before = living_bytes();
  for (std::size_t i = 0; i != 50; ++i) {
    writers.push_back(std::make_unique<file_writer>(file));
    write(*writers.back(), text);
    flush(*writers.back());
  }
  BOOST_TEST((living_bytes() - before) / 50 < static_cast<std::int64_t>(8 * kib));
}

BOOST_AUTO_TEST_SUITE_END()
