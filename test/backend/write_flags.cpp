// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Writes with flags (durable, untorn), and files that bypass the cache.

#include "file_contents.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::stream_file;
using asiofile::untorn_write_limits;
using asiofile::write_flags;
using test_support::read_file;
using test_support::error_code;
using test_support::run_transfer;
using test_support::transfer;

namespace {

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;

  fixture() { test_support::write_file(path, std::string(8'192, 'x')); }

  template <typename Buffers>
  transfer write(random_access_file& file, std::uint64_t offset, const Buffers& buffers,
                 write_flags flags) {
    return run_transfer(context, [&](auto handler) {
      file.async_write_some_at(offset, buffers, flags, std::move(handler));
    });
  }
  transfer write(stream_file& file, const std::string& text, write_flags flags) {
    return run_transfer(context, [&](auto handler) {
      file.async_write_some(asio::buffer(text), flags, std::move(handler));
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(flags_of_writes, fixture)

BOOST_AUTO_TEST_CASE(a_durable_write_writes) {
  random_access_file file(context, path, file_base::read_write);
  const std::string text(100, 'd');
  BOOST_TEST(write(file, 50, asio::buffer(text), write_flags::durable) ==
             transfer(error_code(), 100));
  const std::array<asio::const_buffer, 3> buffers{asio::buffer(text, 10), asio::const_buffer(),
                                                  asio::buffer(text, 20)};
  BOOST_TEST(write(file, 8'190, buffers, write_flags::durable) == transfer(error_code(), 30));
  BOOST_TEST(file.write_some_at(1'000, asio::buffer(text), write_flags::durable) == 100U);
  std::string expected(8'220, 'x');
  for (const std::size_t at : {50U, 1'000U}) expected.replace(at, 100, text);
  expected.replace(8'190, 30, std::string(30, 'd'));
  BOOST_CHECK(read_file(path) == expected);
}

BOOST_AUTO_TEST_CASE(many_durable_writes_are_in_flight_at_a_time) {
  random_access_file file(context, path, file_base::read_write);
  std::size_t done = 0;
  std::vector<std::string> texts;
  for (int i = 0; i != 64; ++i) texts.emplace_back(128, static_cast<char>('a' + i % 26));
  for (std::size_t i = 0; i != texts.size(); ++i)
    file.async_write_some_at(i * 128, asio::buffer(texts[i]), write_flags::durable,
                             [&](error_code ec, std::size_t n) { done += !ec && n == 128; });
  context.run();
  BOOST_TEST(done == texts.size());
  std::string expected;
  for (const std::string& each : texts) expected += each;
  BOOST_CHECK(read_file(path) == expected);
}

BOOST_AUTO_TEST_CASE(a_durable_write_at_the_position_moves_it) {
  stream_file file(context, path, file_base::read_write);
  BOOST_TEST(write(file, "one", write_flags::durable) == transfer(error_code(), 3));
  BOOST_TEST(file.write_some(asio::buffer("two", 3), write_flags::durable) == 3U);
  BOOST_TEST(write(file, "end", write_flags::none) == transfer(error_code(), 3));
  BOOST_TEST(read_file(path).substr(0, 10) == "onetwoendx");
  stream_file appending(context, path, file_base::write_only | file_base::append);
  BOOST_TEST(write(appending, "last", write_flags::durable) == transfer(error_code(), 4));
  BOOST_TEST(read_file(path).size() == 8'196U);
  BOOST_TEST(read_file(path).substr(8'191) == "xlast");
}

BOOST_AUTO_TEST_CASE(a_durable_direct_write_writes) {
  random_access_file file(context);
  error_code ec;
  file.open(path, file_base::read_write | file_base::direct, ec);
  if (ec) return test_support::skip("the file system refuses O_DIRECT");
  asiofile::aligned_buffer memory(4'096, 4'096);
  std::fill_n(memory.data(), 4'096, std::byte{'d'});
  BOOST_TEST(write(file, 4'096, asio::buffer(memory.data(), 4'096), write_flags::durable) ==
             transfer(error_code(), 4'096));
  BOOST_CHECK(read_file(path) == std::string(4'096, 'x') + std::string(4'096, 'd'));
  const auto unaligned = write(file, 1, asio::buffer(memory.data(), 4'096), write_flags::durable);
  const auto plain = write(file, 1, asio::buffer(memory.data(), 4'096), write_flags::none);
  BOOST_TEST(unaligned == plain);
}

BOOST_AUTO_TEST_CASE(a_flag_changes_no_error) {
  random_access_file closed(context);
  random_access_file reader(context, path, file_base::read_only);
  const auto text = asio::buffer("text", 4);
  const std::uint64_t too_far = std::uint64_t{1} << 63;
  for (const write_flags each : {write_flags::none, write_flags::durable}) {
    BOOST_TEST(write(closed, 0, text, each).error == asio::error::bad_descriptor);
    BOOST_TEST(write(reader, 0, text, each).error == asio::error::bad_descriptor);
    BOOST_TEST(write(reader, too_far, text, each).error == errc::invalid_argument);
    error_code ec;
    reader.write_some_at(0, text, each, ec);
    BOOST_TEST(ec == asio::error::bad_descriptor);
  }
  random_access_file file(context, path, file_base::read_write);
  BOOST_TEST(write(file, 0, asio::const_buffer(), write_flags::durable) ==
             transfer(error_code(), 0));
}

BOOST_AUTO_TEST_CASE(a_stream_takes_no_flags) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  random_access_file pipe(context, ends[1]);
  for (const write_flags each : {write_flags::durable, write_flags::untorn}) {
    BOOST_TEST(write(pipe, 0, asio::buffer("text", 4), each).error == errc::invalid_argument);
    error_code ec;
    pipe.write_some_at(0, asio::buffer("text", 4), each, ec);
    BOOST_TEST(ec == errc::invalid_argument);
  }
  ::close(ends[0]);
}

BOOST_AUTO_TEST_CASE(durable_writes_of_a_file_that_is_destroyed_end) {
  int handled = 0;
  const std::string text(4'096, 'd');
  {
    random_access_file file(context, path, file_base::read_write);
    for (int i = 0; i != 8; ++i)
      file.async_write_some_at(0, asio::buffer(text), write_flags::durable,
                               [&](error_code, std::size_t) { ++handled; });
  }
  context.run();
  BOOST_TEST(handled == 8);
}

BOOST_AUTO_TEST_CASE(a_cancelled_durable_write_is_aborted_or_written) {
  const std::string text(4'096, 'd');
  random_access_file file(context, path, file_base::read_write);
  for (int i = 0; i != 100; ++i) {
    transfer result;
    file.async_write_some_at(0, asio::buffer(text), write_flags::durable,
                             [&](error_code ec, std::size_t n) { result = {ec, n}; });
    if (i % 2 == 1) context.run_for(std::chrono::microseconds(i));
    error_code ec;
    file.cancel(ec);
    context.restart();
    context.run();
    context.restart();
    const bool is_aborted = result == transfer(asio::error::operation_aborted, 0);
    const bool is_written = result == transfer(error_code(), 4'096);
    BOOST_TEST((is_aborted || is_written), result);
  }
}

BOOST_AUTO_TEST_CASE(flags_that_do_not_exist_are_an_invalid_argument) {
  random_access_file file(context, path, file_base::read_write);
  stream_file stream(context, path, file_base::write_only);
  constexpr auto unknown = write_flags::durable | static_cast<write_flags>(128);
  error_code ec;
  BOOST_TEST(file.write_some_at(0, asio::buffer("abc", 3), unknown, ec) == 0U);
  BOOST_TEST(ec == errc::invalid_argument);
  BOOST_TEST(stream.write_some(asio::buffer("abc", 3), unknown, ec) == 0U);
  BOOST_TEST(ec == errc::invalid_argument);
  const transfer refused(test_support::posix_error(EINVAL), 0);
  BOOST_TEST(write(file, 0, asio::buffer("abc", 3), unknown) == refused);
  BOOST_TEST(write(stream, "abc", unknown) == refused);
  BOOST_TEST(read_file(path) == std::string(8'192, 'x'));
}

BOOST_AUTO_TEST_CASE(an_untorn_write_needs_a_direct_file) {
  random_access_file file(context, path, file_base::read_write);
  BOOST_CHECK(file.untorn_writes() == untorn_write_limits());
  const std::string text(4'096, 'u');
  BOOST_TEST(write(file, 0, asio::buffer(text), write_flags::untorn) ==
             transfer(test_support::posix_error(EOPNOTSUPP), 0));
  error_code ec;
  BOOST_TEST(file.write_some_at(0, asio::buffer(text), write_flags::untorn, ec) == 0U);
  BOOST_TEST(ec == errc::operation_not_supported);
  BOOST_CHECK(read_file(path) == std::string(8'192, 'x'));
}

BOOST_AUTO_TEST_CASE(an_untorn_write_of_more_buffers_than_one_call_takes_is_refused) {
  random_access_file file(context, path, file_base::read_write);
  const std::string text(2'000, 'u');
  std::vector<asio::const_buffer> buffers;
  for (const char& each : text) buffers.emplace_back(&each, 1);
  BOOST_TEST(write(file, 0, buffers, write_flags::untorn).error == errc::invalid_argument);
  error_code ec;
  file.write_some_at(0, buffers, write_flags::untorn, ec);
  BOOST_TEST(ec == errc::invalid_argument);
  BOOST_CHECK(read_file(path) == std::string(8'192, 'x'));
}

BOOST_AUTO_TEST_CASE(the_limits_of_untorn_writes_of_a_closed_file_are_an_error) {
  random_access_file file(context);
  error_code ec;
  static_cast<void>(file.untorn_writes(ec));
  BOOST_TEST(ec == asio::error::bad_descriptor);
}

BOOST_AUTO_TEST_CASE(an_uncached_file_reads_and_writes_as_any_other) {
  random_access_file file(context, path, file_base::read_write);
  BOOST_TEST(!file.is_uncached());
  file.set_uncached(true);
  BOOST_TEST(file.is_uncached());
  const std::string text(5'000, 'u');
  BOOST_TEST(write(file, 100, asio::buffer(text), write_flags::none) ==
             transfer(error_code(), 5'000));
  BOOST_TEST(write(file, 6'000, asio::buffer(text, 1'000), write_flags::durable) ==
             transfer(error_code(), 1'000));
  std::string memory(8'192, '.');
  const auto read = run_transfer(context, [&](auto handler) {
    file.async_read_some_at(0, asio::buffer(memory), std::move(handler));
  });
  BOOST_TEST(read.error == error_code());
  std::string expected(8'192, 'x');
  expected.replace(100, 5'000, text);
  expected.replace(6'000, 1'000, std::string(1'000, 'u'));
  BOOST_TEST(memory.substr(0, read.bytes) == expected.substr(0, read.bytes));
  BOOST_TEST(file.read_some_at(0, asio::buffer(memory)) > 0U);
  BOOST_TEST(file.write_some_at(0, asio::buffer("first", 5)) == 5U);
  BOOST_TEST(read_file(path).substr(0, 6) == "firstx");
  // End of file as always.
  const auto end = run_transfer(context, [&](auto handler) {
    file.async_read_some_at(8'192, asio::buffer(memory), std::move(handler));
  });
  BOOST_TEST(end == transfer(asio::error::eof, 0));
  // A chain continues with its sync.
  error_code chained = asio::error::would_block;
  file.async_write_and_sync_data_at(0, asio::buffer("chain", 5),
                                    [&](error_code ec, auto) { chained = ec; });
  context.restart();
  context.run();
  BOOST_TEST(!chained);
  const bool before = file.is_uncached();
  const random_access_file copy = file.clone();
  BOOST_TEST(copy.is_uncached() == before);
  file.set_uncached(false);
  BOOST_TEST(!file.is_uncached());
}

#if defined(__linux__)

BOOST_AUTO_TEST_CASE(what_is_read_uncached_is_not_in_the_cache_afterwards) {
  constexpr std::size_t size = 1U << 20;
  test_support::write_file(path, std::string(size, 'x'));
  random_access_file file(context, path, file_base::read_write);
  const auto cached_pages = [&] {
    void* const mapped =
        ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.native_handle(), 0);
    BOOST_REQUIRE(mapped != MAP_FAILED);
    const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> pages(size / page_bytes);
    BOOST_REQUIRE(::mincore(mapped, size, pages.data()) == 0);
    ::munmap(mapped, size);
    return std::ranges::count_if(pages, [](unsigned char each) { return (each & 1) != 0; });
  };
  file.sync_all();
  file.advise(0, 0, asiofile::file_advice::dont_need);
  if (cached_pages() != 0) return test_support::skip("the cache cannot be emptied");
  file.set_uncached(true);
  std::string memory(65'536, '.');
  for (std::size_t at = 0; at != size; at += memory.size()) {
    const auto read = run_transfer(context, [&](auto handler) {
      file.async_read_some_at(at, asio::buffer(memory), std::move(handler));
    });
    BOOST_TEST(read == transfer(error_code(), memory.size()));
  }
  if (!file.is_uncached()) return test_support::skip("no RWF_DONTCACHE (Linux 6.14)");
  BOOST_TEST(cached_pages() == 0);
  file.set_uncached(false);
  file.read_some_at(0, asio::buffer(memory));
  BOOST_TEST(cached_pages() != 0);
}

#endif

BOOST_AUTO_TEST_CASE(that_a_file_system_takes_no_uncached_transfers_is_found_out_once) {
  // tmpfs: its data is in the page cache itself.
  const std::string in_memory = "/dev/shm/asiofile-uncached-" + std::to_string(::getpid());
  error_code ec;
  random_access_file file(context);
  file.open(in_memory, file_base::read_write | file_base::create, ec);
  if (ec) return test_support::skip("no /dev/shm");
  ::unlink(in_memory.c_str());
  file.set_uncached(true);
  BOOST_TEST(write(file, 0, asio::buffer("text", 4), write_flags::none) ==
             transfer(error_code(), 4));
  BOOST_TEST(!file.is_uncached());
  file.set_uncached(true);
  std::string memory(4, '.');
  BOOST_TEST(file.read_some_at(0, asio::buffer(memory)) == 4U);
  BOOST_TEST(memory == "text");
  BOOST_TEST(!file.is_uncached());
}

BOOST_AUTO_TEST_CASE(a_closed_file_has_no_property) {
  random_access_file file(context);
  error_code ec;
  file.set_uncached(true, ec);
  BOOST_TEST(ec == asio::error::bad_descriptor);
  BOOST_TEST(!file.is_uncached());
}

BOOST_AUTO_TEST_SUITE_END()
