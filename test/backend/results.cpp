// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// What operations complete with: the same results and errors whatever the backend, from the
// asynchronous functions and from the synchronous ones.

#include "child_process.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <source_location>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::child_process;
using test_support::children_can_be_trusted;
using test_support::child_require;
using test_support::error_code;
using test_support::posix_error;
using test_support::run_size;
using test_support::run_status;
using test_support::run_transfer;
using test_support::size_found;
using test_support::transfer;

namespace {

const error_code success;
const error_code eof = asio::error::eof;
const error_code already_open = asio::error::already_open;
const error_code bad_descriptor = asio::error::bad_descriptor;

constexpr std::uint64_t offset_max = 0x7fff'ffff'ffff'ffff;
constexpr auto new_file = file_base::read_write | file_base::create | file_base::truncate;

// Every operation of this suite is run twice: asynchronously, then synchronously.
struct fixture {
  test_support::temporary_directory directory;
  asio::io_context context;
  std::optional<test_support::watchdog> limit{std::in_place, std::chrono::seconds(30)};

  // Before a fork: the child has its own time limit, and with no other thread in the parent there
  // is nothing that thread sanitizer could confuse the child's threads with.
  void without_watchdog() { limit.reset(); }

  std::string make(std::string_view name, std::string_view content) {
    const std::string path = directory.path(name);
    test_support::write_file(path, content);
    return path;
  }

  template <typename Buffers>
  transfer read(random_access_file& file, std::uint64_t offset, const Buffers& buffers) {
    return run_transfer(context, [&](auto handler) {
      file.async_read_some_at(offset, buffers, handler);
    });
  }

  template <typename Buffers>
  transfer write(random_access_file& file, std::uint64_t offset, const Buffers& buffers) {
    return run_transfer(context, [&](auto handler) {
      file.async_write_some_at(offset, buffers, handler);
    });
  }

  error_code open(random_access_file& file, const std::string& path, file_base::flags flags) {
    return run_status(context, [&](auto handler) { file.async_open(path, flags, handler); });
  }

  error_code close(random_access_file& file) {
    return run_status(context, [&](auto handler) { file.async_close(handler); });
  }

  error_code resize(random_access_file& file, std::uint64_t size) {
    return run_status(context, [&](auto handler) { file.async_resize(size, handler); });
  }

  error_code sync_all(random_access_file& file) {
    return run_status(context, [&](auto handler) { file.async_sync_all(handler); });
  }

  error_code sync_data(random_access_file& file) {
    return run_status(context, [&](auto handler) { file.async_sync_data(handler); });
  }

  size_found size(random_access_file& file) {
    return run_size(context, [&](auto handler) { file.async_size(handler); });
  }

  void check_open(const std::string& path, file_base::flags flags, const error_code& expected) {
    BOOST_TEST_CONTEXT("open \"" << path.substr(0, 100) << "\", flags " << flags) {
      random_access_file asynchronous(context);
      BOOST_TEST(open(asynchronous, path, flags) == expected);
      BOOST_TEST(asynchronous.is_open() == !expected);
      random_access_file synchronous(context);
      error_code ec = posix_error(EIO);
      synchronous.open(path, flags, ec);
      BOOST_TEST(ec == expected);
      BOOST_TEST(synchronous.is_open() == !expected);
    }
  }
};

transfer read_now(random_access_file& file, std::uint64_t offset, asio::mutable_buffer buffer) {
  transfer result;
  result.error = posix_error(EIO);
  result.bytes = file.read_some_at(offset, buffer, result.error);
  return result;
}

transfer write_now(random_access_file& file, std::uint64_t offset, asio::const_buffer buffer) {
  transfer result;
  result.error = posix_error(EIO);
  result.bytes = file.write_some_at(offset, buffer, result.error);
  return result;
}

size_found size_now(const random_access_file& file) {
  size_found result;
  result.error = posix_error(EIO);
  result.bytes = file.size(result.error);
  return result;
}

// Cuts memory into `count` buffers of 0 to 6 bytes, one in seven of them empty.
template <typename Buffer, typename Memory>
std::vector<Buffer> cut(Memory& memory, std::size_t count) {
  std::vector<Buffer> buffers;
  std::size_t position = 0;
  for (std::size_t i = 0; i != count; ++i) {
    const std::size_t size = (i * 5 + 3) % 7;
    buffers.emplace_back(&memory[position], size);
    position += size;
  }
  return buffers;
}

// The bytes of the first 1,024 buffers that are not empty: what one operation may transfer.
template <typename Buffer>
std::size_t bytes_of_one_operation(const std::vector<Buffer>& buffers) {
  std::size_t bytes = 0;
  std::size_t counted = 0;
  for (const Buffer& buffer : buffers) {
    if (buffer.size() == 0) continue;
    if (++counted > 1024) break;
    bytes += buffer.size();
  }
  return bytes;
}

constexpr std::size_t cut_bytes_max = 1500 * 6;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(results, fixture)

// --- Reading ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_read_gives_what_is_there_and_eof_only_where_nothing_is) {
  constexpr std::size_t file_size = 10'000;
  struct read_case {
    std::uint64_t offset;
    std::size_t size;
    std::size_t bytes;
    error_code error;
  };
  const read_case cases[] = {
      {0, file_size, file_size, success},
      {0, 1, 1, success},
      {1, 1, 1, success},
      {4'096, 100, 100, success},
      {4'090, 4'100, 4'100, success},
      {9'999, 1, 1, success},
      // Short at the end.
      {0, 1'000'000, file_size, success},
      {9'990, 100, 10, success},
      {9'999, 4'096, 1, success},
      // At the end and past it.
      {10'000, 1, 0, eof},
      {10'000, 1'000'000, 0, eof},
      {10'001, 1, 0, eof},
      {12'288, 4'096, 0, eof},
      {std::uint64_t{1} << 32, 4'096, 0, eof},
      {std::uint64_t{1} << 40, 4'096, 0, eof},
      {offset_max - 4'096, 4'096, 0, eof},
      // Nothing asked for.
      {0, 0, 0, success},
      {5'000, 0, 0, success},
      {10'000, 0, 0, success},
      {20'000, 0, 0, success},
      {offset_max, 0, 0, success},
  };
  test_support::make_pattern_file(directory.path("file"), 1, file_size);
  random_access_file file(context, directory.path("file"), file_base::read_only);
  for (const auto& [offset, size, bytes, error] : cases) {
    BOOST_TEST_CONTEXT(size << " bytes at " << offset) {
      std::string memory(size, '.');
      BOOST_TEST(read(file, offset, asio::buffer(memory)) == transfer(error, bytes));
      BOOST_TEST(test_support::has_pattern({memory.data(), bytes}, 1, offset));
      BOOST_TEST(memory.find_first_not_of('.', bytes) == std::string::npos);

      memory.assign(size, '.');
      BOOST_TEST(read_now(file, offset, asio::buffer(memory)) == transfer(error, bytes));
      BOOST_TEST(test_support::has_pattern({memory.data(), bytes}, 1, offset));
      BOOST_TEST(memory.find_first_not_of('.', bytes) == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_at_its_end) {
  random_access_file file(context, make("empty", ""), file_base::read_only);
  std::string memory(10, '.');
  BOOST_TEST(read(file, 0, asio::buffer(memory)) == transfer(eof, 0));
  BOOST_TEST(read_now(file, 0, asio::buffer(memory)) == transfer(eof, 0));
  BOOST_TEST(memory == "..........");
}

BOOST_AUTO_TEST_CASE(the_end_moves_with_the_file) {
  const std::string path = make("growing", "12345");
  random_access_file file(context, path, file_base::read_only);
  std::string memory(10, '.');
  BOOST_TEST(read(file, 5, asio::buffer(memory)) == transfer(eof, 0));
  test_support::write_file(path, "1234567");
  BOOST_TEST(read(file, 5, asio::buffer(memory)) == transfer(success, 2));
  BOOST_TEST(memory == "67........");
  test_support::write_file(path, "123");
  BOOST_TEST(read(file, 5, asio::buffer(memory)) == transfer(eof, 0));
}

BOOST_AUTO_TEST_CASE(empty_buffers_succeed_with_nothing) {
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::read_write);
  const std::vector<asio::mutable_buffer> none;
  const std::vector<asio::mutable_buffer> empty_ones(2'000);
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{7}, offset_max}) {
    BOOST_TEST(read(file, offset, none) == transfer(success, 0));
    BOOST_TEST(read(file, offset, empty_ones) == transfer(success, 0));
    BOOST_TEST(read(file, offset, asio::mutable_buffer()) == transfer(success, 0));
    BOOST_TEST(write(file, offset, none) == transfer(success, 0));
    BOOST_TEST(write(file, offset, empty_ones) == transfer(success, 0));
    BOOST_TEST(write(file, offset, asio::const_buffer()) == transfer(success, 0));
    BOOST_TEST(read_now(file, offset, {}) == transfer(success, 0));
    BOOST_TEST(write_now(file, offset, {}) == transfer(success, 0));
  }
  BOOST_TEST(test_support::read_file(path) == "content");
}

BOOST_AUTO_TEST_CASE(an_empty_read_of_a_fifo_does_not_wait) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  BOOST_TEST(read(file, 0, asio::mutable_buffer()) == transfer(success, 0));
  BOOST_TEST(read_now(file, 0, {}) == transfer(success, 0));
}

// --- Many buffers ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_read_fills_its_buffers_in_order) {
  test_support::make_pattern_file(directory.path("file"), 2, cut_bytes_max + 100);
  random_access_file file(context, directory.path("file"), file_base::read_only);
  for (const std::size_t count : {1U, 3U, 8U, 9U, 100U, 1'024U, 1'194U, 1'195U, 1'500U}) {
    BOOST_TEST_CONTEXT(count << " buffers") {
      std::string memory(cut_bytes_max, '.');
      const auto buffers = cut<asio::mutable_buffer>(memory, count);
      const std::size_t bytes = bytes_of_one_operation(buffers);
      BOOST_TEST(read(file, 77, buffers) == transfer(success, bytes));
      BOOST_TEST(test_support::has_pattern({memory.data(), bytes}, 2, 77));
      BOOST_TEST(memory.find_first_not_of('.', bytes) == std::string::npos);

      memory.assign(cut_bytes_max, '.');
      transfer result;
      result.bytes = file.read_some_at(77, buffers, result.error);
      BOOST_TEST(result == transfer(success, bytes));
      BOOST_TEST(test_support::has_pattern({memory.data(), bytes}, 2, 77));
      BOOST_TEST(memory.find_first_not_of('.', bytes) == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_write_takes_its_buffers_in_order) {
  const std::string memory = test_support::pattern(3, 77, cut_bytes_max);
  for (const std::size_t count : {1U, 3U, 8U, 9U, 100U, 1'024U, 1'194U, 1'195U, 1'500U}) {
    BOOST_TEST_CONTEXT(count << " buffers") {
      const auto buffers = cut<asio::const_buffer>(memory, count);
      const std::size_t bytes = bytes_of_one_operation(buffers);
      const std::string expected = memory.substr(0, bytes);
      random_access_file file(context, directory.path("file"), new_file);
      BOOST_TEST(write(file, 0, buffers) == transfer(success, bytes));
      BOOST_TEST((test_support::read_file(directory.path("file")) == expected));

      file.resize(0);
      transfer result;
      result.bytes = file.write_some_at(0, buffers, result.error);
      BOOST_TEST(result == transfer(success, bytes));
      BOOST_TEST((test_support::read_file(directory.path("file")) == expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_short_read_of_many_buffers_leaves_the_rest_alone) {
  test_support::make_pattern_file(directory.path("file"), 4, 1'000);
  random_access_file file(context, directory.path("file"), file_base::read_only);
  std::string memory(cut_bytes_max, '.');
  const auto buffers = cut<asio::mutable_buffer>(memory, 1'000);
  BOOST_TEST(read(file, 900, buffers) == transfer(success, 100));
  BOOST_TEST(test_support::has_pattern({memory.data(), 100}, 4, 900));
  BOOST_TEST(memory.find_first_not_of('.', 100) == std::string::npos);
  BOOST_TEST(read(file, 1'000, buffers) == transfer(eof, 0));
}

BOOST_AUTO_TEST_CASE(composed_operations_transfer_more_buffers_than_one_operation_can) {
  const std::string content = test_support::pattern(5, 0, cut_bytes_max);
  const auto source = cut<asio::const_buffer>(content, 1'500);
  const std::size_t bytes = asio::buffer_size(source);
  random_access_file file(context, directory.path("file"), new_file);
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               asio::async_write_at(file, 11, source, handler);
             }) == transfer(success, bytes));
  std::string memory(cut_bytes_max, '.');
  const auto target = cut<asio::mutable_buffer>(memory, 1'500);
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               asio::async_read_at(file, 11, target, handler);
             }) == transfer(success, bytes));
  BOOST_TEST((memory.substr(0, bytes) == content.substr(0, bytes)));
  BOOST_TEST(memory.find_first_not_of('.', bytes) == std::string::npos);
}

// --- Writing ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_write_replaces_what_was_there_and_nothing_else) {
  const std::string path = make("file", "0123456789");
  random_access_file file(context, path, file_base::write_only);
  BOOST_TEST(write(file, 3, asio::buffer("abc", 3)) == transfer(success, 3));
  BOOST_TEST(test_support::read_file(path) == "012abc6789");
  BOOST_TEST(write_now(file, 8, asio::buffer("xyz", 3)) == transfer(success, 3));
  BOOST_TEST(test_support::read_file(path) == "012abc67xyz");
}

BOOST_AUTO_TEST_CASE(a_write_past_the_end_leaves_a_hole_of_zeros) {
  const std::string path = make("file", "start");
  random_access_file file(context, path, file_base::read_write);
  BOOST_TEST(write(file, 10, asio::buffer("end", 3)) == transfer(success, 3));
  BOOST_TEST(write_now(file, 20, asio::buffer("end", 3)) == transfer(success, 3));
  BOOST_TEST((test_support::read_file(path) ==
              std::string("start\0\0\0\0\0end\0\0\0\0\0\0\0end", 23)));
  std::string memory(30, '.');
  BOOST_TEST(read(file, 5, asio::buffer(memory)) == transfer(success, 18));
}

BOOST_AUTO_TEST_CASE(a_write_beyond_four_gib_lands_there) {
  random_access_file file(context, directory.path("sparse"), new_file);
  constexpr std::uint64_t offset = (std::uint64_t{5} << 30) + 1;
  BOOST_TEST(write(file, offset, asio::buffer("far", 3)) == transfer(success, 3));
  BOOST_TEST(size(file) == size_found(success, offset + 3));
  std::string memory(5, '.');
  BOOST_TEST(read(file, offset - 1, asio::buffer(memory)) == transfer(success, 4));
  BOOST_TEST((memory == std::string("\0far.", 5)));
}

BOOST_AUTO_TEST_CASE(appending_ignores_the_offset) {
  const std::string path = make("log", "one");
  random_access_file file(context, path, file_base::write_only | file_base::append);
  BOOST_TEST(write(file, 0, asio::buffer("two", 3)) == transfer(success, 3));
  BOOST_TEST(write(file, 1'000'000, asio::buffer("three", 5)) == transfer(success, 5));
  BOOST_TEST(write_now(file, 0, asio::buffer("four", 4)) == transfer(success, 4));
  BOOST_TEST(test_support::read_file(path) == "onetwothreefour");
}

// --- A right that is missing -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reading_needs_a_file_opened_for_reading_and_writing_one_for_writing) {
  const std::string path = make("file", "content");
  std::string memory(3, '.');
  random_access_file reader(context, path, file_base::read_only);
  BOOST_TEST(write(reader, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
  BOOST_TEST(write_now(reader, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
  random_access_file writer(context, path, file_base::write_only);
  BOOST_TEST(read(writer, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
  BOOST_TEST(read_now(writer, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
  BOOST_TEST(read(writer, 1'000, asio::buffer(memory)) == transfer(bad_descriptor, 0));
  BOOST_TEST(memory == "...");
  BOOST_TEST(test_support::read_file(path) == "content");
}

// --- A closed file ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_function_of_a_closed_file_gives_bad_descriptor) {
  const auto check = [&](random_access_file& file) {
    std::string memory(3, '.');
    BOOST_TEST(!file.is_open());
    BOOST_TEST(file.native_handle() == -1);
    BOOST_TEST(read(file, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
    BOOST_TEST(write(file, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
    BOOST_TEST(sync_all(file) == bad_descriptor);
    BOOST_TEST(sync_data(file) == bad_descriptor);
    BOOST_TEST(resize(file, 0) == bad_descriptor);
    BOOST_TEST(size(file) == size_found(bad_descriptor, 0));

    BOOST_TEST(read_now(file, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
    BOOST_TEST(write_now(file, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
    BOOST_TEST(size_now(file) == size_found(bad_descriptor, 0));
    error_code ec;
    file.sync_all(ec);
    BOOST_TEST(ec == bad_descriptor);
    file.sync_data(ec = success);
    BOOST_TEST(ec == bad_descriptor);
    file.resize(0, ec = success);
    BOOST_TEST(ec == bad_descriptor);
    file.cancel(ec = success);
    BOOST_TEST(ec == bad_descriptor);
    BOOST_TEST(file.release(ec = success) == -1);
    BOOST_TEST(ec == bad_descriptor);
    BOOST_TEST(memory == "...");
  };
  random_access_file never_opened(context);
  check(never_opened);
  random_access_file closed(context, make("file", "content"), file_base::read_write);
  closed.close();
  check(closed);
  random_access_file closed_asynchronously(context, directory.path("file"), file_base::read_write);
  BOOST_TEST(close(closed_asynchronously) == success);
  check(closed_asynchronously);
  random_access_file released(context, directory.path("file"), file_base::read_write);
  ::close(released.release());
  check(released);
  BOOST_TEST(test_support::read_file(directory.path("file")) == "content");
}

BOOST_AUTO_TEST_CASE(closing_a_closed_file_does_nothing) {
  random_access_file file(context);
  error_code ec = posix_error(EIO);
  file.close(ec);
  BOOST_TEST(ec == success);
  BOOST_TEST(close(file) == success);
  file.open(make("file", "content"), file_base::read_only);
  BOOST_TEST(close(file) == success);
  BOOST_TEST(close(file) == success);
  file.close(ec = posix_error(EIO));
  BOOST_TEST(ec == success);
}

BOOST_AUTO_TEST_CASE(a_file_is_closed_from_the_call_of_async_close_on) {
  random_access_file file(context, make("file", "content"), file_base::read_only);
  std::string memory(3, '.');
  std::vector<error_code> errors;
  file.async_close([&](error_code ec) { errors.push_back(ec); });
  BOOST_TEST(!file.is_open());
  BOOST_TEST(file.native_handle() == -1);
  BOOST_TEST(read_now(file, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
  file.open(make("other", "other"), file_base::read_only);
  context.run();
  BOOST_TEST((errors == std::vector<error_code>{success}));
  BOOST_TEST(read(file, 0, asio::buffer(memory)) == transfer(success, 3));
  BOOST_TEST(memory == "oth");
}

// --- Arguments out of range ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_offset_above_2_to_the_63_less_1_is_invalid) {
  const error_code invalid = posix_error(EINVAL);
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::read_write);
  // The current position of the descriptor, which -1 means to preadv2(2) and io_uring.
  BOOST_REQUIRE(::lseek(file.native_handle(), 2, SEEK_SET) == 2);
  for (const std::uint64_t offset :
       {offset_max + 1, offset_max + 2, ~std::uint64_t{0} - 1, ~std::uint64_t{0}}) {
    BOOST_TEST_CONTEXT("offset " << offset) {
      std::string memory(3, '.');
      BOOST_TEST(read(file, offset, asio::buffer(memory)) == transfer(invalid, 0));
      BOOST_TEST(write(file, offset, asio::buffer(memory)) == transfer(invalid, 0));
      BOOST_TEST(read_now(file, offset, asio::buffer(memory)) == transfer(invalid, 0));
      BOOST_TEST(write_now(file, offset, asio::buffer(memory)) == transfer(invalid, 0));
      BOOST_TEST(memory == "...");
    }
  }
  BOOST_TEST(::lseek(file.native_handle(), 0, SEEK_CUR) == 2);
  BOOST_TEST(test_support::read_file(path) == "content");
}

BOOST_AUTO_TEST_CASE(a_size_above_2_to_the_63_less_1_is_invalid) {
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::read_write);
  for (const std::uint64_t size : {offset_max + 1, ~std::uint64_t{0}}) {
    BOOST_TEST(resize(file, size) == posix_error(EINVAL));
    error_code ec;
    file.resize(size, ec);
    BOOST_TEST(ec == posix_error(EINVAL));
  }
  BOOST_TEST(test_support::read_file(path) == "content");
}

// --- Opening ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_says_why) {
  const std::string file = make("file", "content");
  check_open(directory.path("missing"), file_base::read_only, posix_error(ENOENT));
  check_open(directory.path("missing"), file_base::read_write, posix_error(ENOENT));
  check_open(directory.path("missing/below"), new_file, posix_error(ENOENT));
  check_open(file + "/below", file_base::read_only, posix_error(ENOTDIR));
  check_open(directory.path(std::string(300, 'n')), new_file, posix_error(ENAMETOOLONG));
  check_open(std::string(1'000'000, '/'), file_base::read_only, posix_error(ENAMETOOLONG));
  check_open("", file_base::read_only, posix_error(ENOENT));
  check_open("", new_file, posix_error(ENOENT));
  check_open(directory.root(), file_base::write_only, posix_error(EISDIR));
  check_open(directory.root(), file_base::read_write, posix_error(EISDIR));
  std::filesystem::create_symlink("loop", directory.path("loop"));
  check_open(directory.path("loop"), file_base::read_only, posix_error(ELOOP));
}

BOOST_AUTO_TEST_CASE(a_path_with_a_zero_byte_is_invalid) {
  using namespace std::string_literals;
  const std::string file = make("file", "content");
  check_open(file + "\0"s, file_base::read_only, posix_error(EINVAL));
  check_open(file + "\0.txt"s, new_file, posix_error(EINVAL));
  check_open("\0"s, file_base::read_only, posix_error(EINVAL));
  check_open("\0"s + file, file_base::read_only, posix_error(EINVAL));
  BOOST_TEST(test_support::read_file(file) == "content");
}

BOOST_AUTO_TEST_CASE(a_file_without_permission_is_refused) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const std::string path = make("secret", "content");
  BOOST_REQUIRE(::chmod(path.c_str(), 0) == 0);
  BOOST_REQUIRE(::chmod(directory.root().c_str(), 0755) == 0);
  if (::geteuid() != 0) {
    check_open(path, file_base::read_only, posix_error(EACCES));
    check_open(path, file_base::read_write, posix_error(EACCES));
    return;
  }
  // Root may open anything, so this runs as another user.
  const auto child = child_process([&] {
    constexpr uid_t nobody = 65534;
    child_require(::setresgid(nobody, nobody, nobody) == 0, "setresgid");
    child_require(::setresuid(nobody, nobody, nobody) == 0, "setresuid");
    asio::io_context own;
    random_access_file file(own);
    error_code ec;
    file.open(path, file_base::read_only, ec);
    child_require(ec == posix_error(EACCES), "open: " + ec.message());
    error_code reported;
    file.async_open(path, file_base::read_only, [&](error_code e) { reported = e; });
    own.run();
    child_require(reported == posix_error(EACCES), "async_open: " + reported.message());
  }).wait();
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_CASE(an_object_with_a_file_takes_no_other) {
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::read_only);
  const int handle = file.native_handle();
  BOOST_TEST(open(file, make("other", "other"), file_base::read_only) == already_open);
  error_code ec;
  file.open(path, file_base::read_only, ec);
  BOOST_TEST(ec == already_open);
  file.open(directory.path("missing"), file_base::read_only, ec = success);
  BOOST_TEST(ec == already_open);
  // The caller keeps a descriptor that was refused.
  const int other = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  file.assign(other, ec = success);
  BOOST_TEST(ec == already_open);
  file.assign(other, asiofile::borrowed, ec = success);
  BOOST_TEST(ec == already_open);
  BOOST_TEST(::close(other) == 0);

  BOOST_TEST(file.native_handle() == handle);
  std::string memory(3, '.');
  BOOST_TEST(read(file, 0, asio::buffer(memory)) == transfer(success, 3));
  BOOST_TEST(memory == "con");
}

BOOST_AUTO_TEST_CASE(a_refused_open_does_not_truncate_or_create) {
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::read_only);
  BOOST_TEST(open(file, path, new_file) == already_open);
  BOOST_TEST(open(file, directory.path("new"), new_file) == already_open);
  BOOST_TEST(test_support::read_file(path) == "content");
  BOOST_TEST(!std::filesystem::exists(directory.path("new")));
}

BOOST_AUTO_TEST_CASE(an_exclusive_file_is_a_new_one) {
  constexpr auto exclusive = file_base::write_only | file_base::create | file_base::exclusive;
  const std::string path = make("old", "content");
  check_open(path, exclusive, posix_error(EEXIST));
  BOOST_TEST(test_support::read_file(path) == "content");
  random_access_file file(context);
  BOOST_TEST(open(file, directory.path("new"), exclusive) == success);
  error_code ec;
  random_access_file(context).open(directory.path("newer"), exclusive, ec);
  BOOST_TEST(ec == success);
  check_open(directory.path("new"), exclusive, posix_error(EEXIST));
}

BOOST_AUTO_TEST_CASE(truncating_drops_what_the_file_held) {
  const std::string path = make("file", "content");
  random_access_file file(context);
  BOOST_TEST(open(file, path, file_base::write_only | file_base::truncate) == success);
  BOOST_TEST(test_support::read_file(path).empty());
  file.close();
  test_support::write_file(path, "content");
  file.open(path, file_base::write_only | file_base::truncate);
  BOOST_TEST(test_support::read_file(path).empty());
}

BOOST_AUTO_TEST_CASE(a_created_file_gets_mode_0666_less_the_umask) {
  struct umask_scope {
    explicit umask_scope(mode_t mask) : before(::umask(mask)) {}
    ~umask_scope() { ::umask(before); }
    mode_t before;
  };
  const auto mode_of = [&](std::string_view name) {
    struct stat status {};
    BOOST_REQUIRE(::stat(directory.path(name).c_str(), &status) == 0);
    return status.st_mode & 07777U;
  };
  unsigned count = 0;
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{027}, mode_t{077}}) {
    const umask_scope scope(mask);
    const std::string asynchronous = "async" + std::to_string(count);
    const std::string synchronous = "sync" + std::to_string(count++);
    random_access_file file(context);
    BOOST_TEST(open(file, directory.path(asynchronous), new_file) == success);
    BOOST_TEST(mode_of(asynchronous) == (0666U & ~mask));
    file.close();
    file.open(directory.path(synchronous), new_file);
    BOOST_TEST(mode_of(synchronous) == (0666U & ~mask));
  }
}

BOOST_AUTO_TEST_CASE(a_file_is_opened_close_on_exec) {
  random_access_file file(context);
  BOOST_TEST(open(file, directory.path("file"), new_file) == success);
  BOOST_TEST((::fcntl(file.native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
  file.close();
  file.open(directory.path("file"), new_file);
  BOOST_TEST((::fcntl(file.native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(the_flags_reach_the_file) {
  for (const auto flags : {file_base::read_only | file_base::sync_all_on_write,
                           file_base::write_only | file_base::append,
                           file_base::read_write | file_base::sync_all_on_write}) {
    constexpr int observed = O_ACCMODE | O_APPEND | O_SYNC;
    random_access_file file(context);
    BOOST_TEST(open(file, make("file", ""), flags) == success);
    BOOST_TEST((::fcntl(file.native_handle(), F_GETFL) & observed) == static_cast<int>(flags));
    file.close();
    file.open(directory.path("file"), flags);
    BOOST_TEST((::fcntl(file.native_handle(), F_GETFL) & observed) == static_cast<int>(flags));
  }
}

// --- Size, resize, sync ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_size_is_the_files) {
  const std::string path = make("file", "");
  random_access_file file(context, path, file_base::read_only);
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4'097}, std::uint64_t{5} << 32}) {
    std::filesystem::resize_file(path, bytes);
    BOOST_TEST(size(file) == size_found(success, bytes));
    BOOST_TEST(size_now(file) == size_found(success, bytes));
  }
  random_access_file writer(context, path, file_base::write_only);
  BOOST_TEST(size(writer) == size_found(success, std::uint64_t{5} << 32));
}

BOOST_AUTO_TEST_CASE(resizing_cuts_and_adds_zeros) {
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::write_only);
  BOOST_TEST(resize(file, 3) == success);
  BOOST_TEST(test_support::read_file(path) == "con");
  BOOST_TEST(resize(file, 5) == success);
  BOOST_TEST((test_support::read_file(path) == std::string("con\0\0", 5)));
  file.resize(4);
  BOOST_TEST((test_support::read_file(path) == std::string("con\0", 4)));
  BOOST_TEST(resize(file, 0) == success);
  BOOST_TEST(test_support::read_file(path).empty());
  BOOST_TEST(resize(file, std::uint64_t{5} << 30) == success);
  BOOST_TEST(size_now(file) == size_found(success, std::uint64_t{5} << 30));
}

BOOST_AUTO_TEST_CASE(resizing_needs_a_file_opened_for_writing) {
  const std::string path = make("file", "content");
  random_access_file file(context, path, file_base::read_only);
  BOOST_TEST(resize(file, 3) == posix_error(EINVAL));
  error_code ec;
  file.resize(3, ec);
  BOOST_TEST(ec == posix_error(EINVAL));
  BOOST_TEST(test_support::read_file(path) == "content");
}

BOOST_AUTO_TEST_CASE(a_size_that_the_file_system_refuses_gives_its_error) {
  random_access_file file(context, directory.path("file"), new_file);
  const int refused = ::ftruncate(file.native_handle(), static_cast<off_t>(offset_max));
  const error_code expected = refused == -1 ? posix_error(errno) : success;
  BOOST_TEST(resize(file, offset_max) == expected);
  error_code ec = posix_error(EIO);
  file.resize(offset_max, ec);
  BOOST_TEST(ec == expected);
}

BOOST_AUTO_TEST_CASE(any_file_on_a_disk_can_be_synchronised) {
  random_access_file file(context, make("file", "content"), file_base::read_write);
  random_access_file reader(context, directory.path("file"), file_base::read_only);
  BOOST_TEST(write(file, 0, asio::buffer("new", 3)) == transfer(success, 3));
  error_code ec = posix_error(EIO);
  for (random_access_file* const each : {&file, &reader}) {
    BOOST_TEST(sync_all(*each) == success);
    BOOST_TEST(sync_data(*each) == success);
    each->sync_all(ec = posix_error(EIO));
    BOOST_TEST(ec == success);
    each->sync_data(ec = posix_error(EIO));
    BOOST_TEST(ec == success);
  }
}

// --- Special files ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_directory_cannot_be_read) {
  random_access_file file(context);
  BOOST_TEST(open(file, directory.root(), file_base::read_only) == success);
  std::string memory(10, '.');
  BOOST_TEST(read(file, 0, asio::buffer(memory)) == transfer(posix_error(EISDIR), 0));
  BOOST_TEST(read_now(file, 0, asio::buffer(memory)) == transfer(posix_error(EISDIR), 0));
  BOOST_TEST(read(file, 4'096, asio::buffer(memory)) == transfer(posix_error(EISDIR), 0));
  BOOST_TEST(write(file, 0, asio::buffer(memory)) == transfer(bad_descriptor, 0));
  BOOST_TEST(sync_all(file) == success);
}

BOOST_AUTO_TEST_CASE(files_of_proc_and_sys_are_read_to_their_end) {
  for (const std::string path : {"/proc/self/status", "/sys/devices/system/cpu/online"}) {
    BOOST_TEST_CONTEXT(path) {
      if (!std::filesystem::exists(path)) {
        test_support::skip("there is no " + path);
        continue;
      }
      std::string first_line;
      std::getline(std::ifstream(path), first_line);
      random_access_file file(context);
      BOOST_TEST(open(file, path, file_base::read_only) == success);

      std::string memory(65'536, '.');
      const transfer all = run_transfer(context, [&](auto handler) {
        asio::async_read_at(file, 0, asio::buffer(memory), handler);
      });
      BOOST_TEST(all.error == eof);
      BOOST_TEST(all.bytes > first_line.size());
      BOOST_TEST(memory.substr(0, first_line.size() + 1) == first_line + '\n');

      std::string rest(first_line.size() - 1, '.');
      BOOST_TEST(read(file, 1, asio::buffer(rest)) == transfer(success, rest.size()));
      BOOST_TEST(rest == first_line.substr(1));
      rest.assign(rest.size(), '.');
      BOOST_TEST(read_now(file, 1, asio::buffer(rest)) == transfer(success, rest.size()));
      BOOST_TEST(rest == first_line.substr(1));
      BOOST_TEST(read(file, 1'000'000, asio::buffer(rest)) == transfer(eof, 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(dev_zero_gives_zeros_at_any_offset) {
  random_access_file file(context);
  BOOST_TEST(open(file, "/dev/zero", file_base::read_write) == success);
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
    // The device may end a longer read between two pages: that is what async_read_at is for.
    std::string memory(4'096, '.');
    BOOST_TEST(read(file, offset, asio::buffer(memory)) == transfer(success, memory.size()));
    BOOST_TEST(test_support::all_are(memory, '\0'));
    memory.assign(memory.size(), '.');
    BOOST_TEST(read_now(file, offset, asio::buffer(memory)) == transfer(success, memory.size()));
    BOOST_TEST(test_support::all_are(memory, '\0'));
    memory.assign(100'000, '.');
    BOOST_TEST(run_transfer(context, [&](auto handler) {
                 asio::async_read_at(file, offset, asio::buffer(memory), handler);
               }) == transfer(success, memory.size()));
    BOOST_TEST(test_support::all_are(memory, '\0'));
    BOOST_TEST(write(file, offset, asio::buffer(memory)) == transfer(success, memory.size()));
  }
}

BOOST_AUTO_TEST_CASE(dev_null_is_at_its_end_and_takes_everything) {
  random_access_file file(context, "/dev/null", file_base::read_write);
  std::string memory(100'000, '.');
  BOOST_TEST(read(file, 0, asio::buffer(memory)) == transfer(eof, 0));
  BOOST_TEST(write(file, 7, asio::buffer(memory)) == transfer(success, memory.size()));
  BOOST_TEST(sync_all(file) == posix_error(EINVAL));
}

BOOST_AUTO_TEST_CASE(a_full_device_is_an_error_and_no_loop) {
  const error_code full = posix_error(ENOSPC);
  random_access_file file(context, "/dev/full", file_base::read_write);
  std::string memory(10, '.');
  BOOST_TEST(write(file, 0, asio::buffer(memory)) == transfer(full, 0));
  BOOST_TEST(write_now(file, 0, asio::buffer(memory)) == transfer(full, 0));
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               asio::async_write_at(file, 0, asio::buffer(memory), handler);
             }) == transfer(full, 0));
  BOOST_TEST(read(file, 0, asio::buffer(memory)) == transfer(success, 10));
  BOOST_TEST(test_support::all_are(memory, '\0'));
}

// --- Streams: FIFOs, sockets, terminals ------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_fifo_is_read_and_written_whatever_the_offset) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  std::string memory(10, '.');
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{123'456}, offset_max}) {
    BOOST_TEST_CONTEXT("offset " << offset) {
      BOOST_TEST(write(file, offset, asio::buffer("abc", 3)) == transfer(success, 3));
      BOOST_TEST(write_now(file, offset, asio::buffer("de", 2)) == transfer(success, 2));
      BOOST_TEST(read(file, offset, asio::buffer(memory)) == transfer(success, 5));
      BOOST_TEST(memory == "abcde.....");
      memory.assign(10, '.');
      BOOST_TEST(fifo.feed(2, 'z'));
      BOOST_TEST(read_now(file, offset, asio::buffer(memory)) == transfer(success, 2));
      BOOST_TEST(memory == "zz........");
      memory.assign(10, '.');
    }
  }
}

BOOST_AUTO_TEST_CASE(a_read_of_an_empty_fifo_waits_for_bytes) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_only);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  file.async_read_some_at(5, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    reads.emplace_back(ec, n);
  });
  context.run_for(std::chrono::milliseconds(50));
  BOOST_TEST(reads.empty());
  BOOST_TEST(fifo.feed(4));
  context.run();
  BOOST_REQUIRE(reads.size() == 1U);
  BOOST_TEST(reads[0] == transfer(success, 4));
  BOOST_TEST(memory == "ffff......");
}

BOOST_AUTO_TEST_CASE(a_write_to_a_full_fifo_waits_for_room) {
  test_support::fifo fifo(directory.path("fifo"));
  while (fifo.feed(4'096)) {
  }
  random_access_file file(context, fifo.path(), file_base::write_only);
  std::vector<transfer> writes;
  file.async_write_some_at(5, asio::buffer("late", 4), [&](error_code ec, std::size_t n) {
    writes.emplace_back(ec, n);
  });
  context.run_for(std::chrono::milliseconds(50));
  BOOST_TEST(writes.empty());
  fifo.drain();
  context.run();
  BOOST_REQUIRE(writes.size() == 1U);
  BOOST_TEST(writes[0] == transfer(success, 4));
}

BOOST_AUTO_TEST_CASE(a_fifo_whose_writers_have_gone_is_at_its_end) {
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  random_access_file reader(context, ends[0]);
  random_access_file writer(context, ends[1]);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  reader.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    reads.emplace_back(ec, n);
  });
  context.run_for(std::chrono::milliseconds(50));
  BOOST_TEST(reads.empty());
  writer.close();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(eof, 0)),
             boost::test_tools::per_element());
  BOOST_TEST(read(reader, 0, asio::buffer(memory)) == transfer(eof, 0));
  BOOST_TEST(read_now(reader, 0, asio::buffer(memory)) == transfer(eof, 0));
}

BOOST_AUTO_TEST_CASE(a_read_of_a_fifo_that_never_had_a_writer_waits_for_one) {
  // As poll(2) reports it. read(2), and so the synchronous function, reports the end.
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  BOOST_REQUIRE(fd != -1);
  BOOST_REQUIRE(::fcntl(fd, F_SETFL, 0) == 0);
  random_access_file reader(context, fd);
  std::string memory(10, '.');
  BOOST_TEST(read_now(reader, 0, asio::buffer(memory)) == transfer(eof, 0));
  std::vector<transfer> reads;
  reader.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    reads.emplace_back(ec, n);
  });
  context.run_for(std::chrono::milliseconds(100));
  BOOST_TEST(reads.empty());
  random_access_file writer(context, path, file_base::write_only);
  BOOST_TEST(writer.write_some_at(0, asio::buffer("abc", 3)) == 3U);
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(success, 3)),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(both_ends_of_a_fifo_can_be_opened_by_one_thread) {
  const std::string path = test_support::make_fifo(directory.path("fifo"));
  random_access_file reader(context);
  random_access_file writer(context);
  std::vector<error_code> opened;
  reader.async_open(path, file_base::read_only, [&](error_code ec) { opened.push_back(ec); });
  context.run_for(std::chrono::milliseconds(50));
  BOOST_TEST(opened.empty());
  BOOST_TEST(!reader.is_open());
  writer.async_open(path, file_base::write_only, [&](error_code ec) { opened.push_back(ec); });
  context.restart();
  context.run_for(std::chrono::seconds(5));
  BOOST_REQUIRE((opened == std::vector<error_code>{success, success}));
  BOOST_TEST(reader.is_open());
  BOOST_TEST(write(writer, 0, asio::buffer("abc", 3)) == transfer(success, 3));
  std::string memory(10, '.');
  BOOST_TEST(read(reader, 0, asio::buffer(memory)) == transfer(success, 3));
}

BOOST_AUTO_TEST_CASE(a_fifo_cannot_be_synchronised_or_resized) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  const error_code invalid = posix_error(EINVAL);
  BOOST_TEST(sync_all(file) == invalid);
  BOOST_TEST(sync_data(file) == invalid);
  BOOST_TEST(resize(file, 0) == invalid);
  error_code ec;
  file.sync_all(ec);
  BOOST_TEST(ec == invalid);
  file.sync_data(ec = success);
  BOOST_TEST(ec == invalid);
  file.resize(0, ec = success);
  BOOST_TEST(ec == invalid);
  BOOST_TEST(size(file) == size_found(success, 0));
  BOOST_TEST(size_now(file) == size_found(success, 0));
}

BOOST_AUTO_TEST_CASE(a_socket_is_read_and_written_whatever_the_offset) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  random_access_file here(context, ends[0]);
  random_access_file there(context, ends[1]);
  std::string memory(10, '.');
  BOOST_TEST(write(here, 1'000, asio::buffer("abc", 3)) == transfer(success, 3));
  BOOST_TEST(read(there, 2'000, asio::buffer(memory)) == transfer(success, 3));
  BOOST_TEST(memory == "abc.......");
  BOOST_TEST(write_now(there, 1'000, asio::buffer("de", 2)) == transfer(success, 2));
  BOOST_TEST(read_now(here, 2'000, asio::buffer(memory)) == transfer(success, 2));
  BOOST_TEST(memory == "dec.......");
  here.close();
  BOOST_TEST(read(there, 0, asio::buffer(memory)) == transfer(eof, 0));
}

BOOST_AUTO_TEST_CASE(a_terminal_is_read_and_written_whatever_the_offset) {
  const int controller = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (controller == -1) return test_support::skip("there are no pseudo-terminals");
  random_access_file keyboard(context, controller);
  BOOST_REQUIRE(::grantpt(controller) == 0);
  BOOST_REQUIRE(::unlockpt(controller) == 0);
  char name[100];
  BOOST_REQUIRE(::ptsname_r(controller, name, sizeof name) == 0);
  const int terminal_fd = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  BOOST_REQUIRE(terminal_fd != -1);
  random_access_file terminal(context, terminal_fd);

  std::string memory(10, '.');
  std::vector<transfer> reads;
  terminal.async_read_some_at(99, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    reads.emplace_back(ec, n);
  });
  context.run_for(std::chrono::milliseconds(50));
  BOOST_TEST(reads.empty());
  BOOST_TEST(::write(controller, "line\n", 5) == 5);
  context.run();
  BOOST_REQUIRE(reads.size() == 1U);
  BOOST_TEST(reads[0] == transfer(success, 5));
  BOOST_TEST(memory == "line\n.....");
  BOOST_TEST(write(terminal, 99, asio::buffer("ok", 2)) == transfer(success, 2));
}

// --- Limits and signals ----------------------------------------------------------------------

namespace {

// In a child: gives the signal its default disposition.
void expect_default_signal(int number) {
  std::signal(number, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, number);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

// In a child: checks that the library has not changed the program's handling of the signal.
void require_default_signal(int number) {
  struct sigaction action {};
  child_require(::sigaction(number, nullptr, &action) == 0, "sigaction");
  child_require(action.sa_handler == SIG_DFL, "the signal's disposition was changed");
  sigset_t blocked;
  child_require(::sigprocmask(SIG_BLOCK, nullptr, &blocked) == 0, "sigprocmask");
  child_require(::sigismember(&blocked, number) == 0, "the signal was left blocked");
}

// In a child: limits the size of its files, then runs `body` with an open one.
template <typename Body>
child_process::outcome under_file_size_limit(const std::string& path, rlim_t bytes, Body body) {
  return child_process([&] {
           expect_default_signal(SIGXFSZ);
           const rlimit size{bytes, bytes};
           child_require(::setrlimit(RLIMIT_FSIZE, &size) == 0, "setrlimit");
           asio::io_context own;
           random_access_file file(own, path, new_file);
           body(own, file);
           require_default_signal(SIGXFSZ);
         })
      .wait();
}

void child_require_transfer(const transfer& result, const transfer& expected,
                            const std::source_location& where = std::source_location::current()) {
  std::ostringstream text;
  text << result << " instead of " << expected;
  child_require(result == expected, text.str(), where);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_write_across_the_size_limit_is_short_and_one_past_it_is_refused) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const std::string path = directory.path("limited");
  const auto child = under_file_size_limit(path, 10'000, [](auto& own, auto& file) {
    const std::string block(4'000, 'b');
    const auto write_one = [&](std::uint64_t offset) {
      transfer result(posix_error(EIO), 0);
      file.async_write_some_at(offset, asio::buffer(block),
                               [&](error_code ec, std::size_t n) { result = transfer(ec, n); });
      own.restart();
      own.run();
      return result;
    };
    child_require_transfer(write_one(0), transfer(success, 4'000));
    child_require_transfer(write_one(9'000), transfer(success, 1'000));
    child_require_transfer(write_one(10'000), transfer(posix_error(EFBIG), 0));
    child_require_transfer(write_one(1'000'000), transfer(posix_error(EFBIG), 0));
    // Many at a time, then the composed operation, which reports the error and what it wrote.
    int refused = 0;
    for (int i = 0; i != 50; ++i) {
      file.async_write_some_at(20'000, asio::buffer(block), [&](error_code ec, std::size_t n) {
        if (transfer(ec, n) == transfer(posix_error(EFBIG), 0)) ++refused;
      });
    }
    own.restart();
    own.run();
    child_require(refused == 50, std::to_string(refused) + " of 50 writes were refused");
    transfer composed;
    asio::async_write_at(file, 8'000, asio::buffer(block), [&](error_code ec, std::size_t n) {
      composed = transfer(ec, n);
    });
    own.restart();
    own.run();
    child_require_transfer(composed, transfer(posix_error(EFBIG), 2'000));
  });
  BOOST_TEST(child.succeeded(), child);
  BOOST_TEST(std::filesystem::file_size(path) == 10'000U);
}

BOOST_AUTO_TEST_CASE(a_synchronous_write_past_the_size_limit_is_refused_too) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const std::string path = directory.path("limited");
  const auto child = under_file_size_limit(path, 10'000, [](auto&, auto& file) {
    const std::string block(4'000, 'b');
    child_require_transfer(write_now(file, 9'000, asio::buffer(block)), transfer(success, 1'000));
    child_require_transfer(write_now(file, 10'000, asio::buffer(block)),
                           transfer(posix_error(EFBIG), 0));
  });
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_CASE(resizing_past_the_size_limit_is_refused) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const auto child = under_file_size_limit(directory.path("limited"), 10'000,
                                           [](auto& own, auto& file) {
    error_code reported;
    file.async_resize(20'000, [&](error_code ec) { reported = ec; });
    own.run();
    child_require(reported == posix_error(EFBIG), "async_resize: " + reported.message());
  });
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_CASE(a_synchronous_resize_past_the_size_limit_is_refused_too) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const auto child = under_file_size_limit(directory.path("limited"), 10'000,
                                           [](auto&, auto& file) {
    error_code reported;
    file.resize(20'000, reported);
    child_require(reported == posix_error(EFBIG), "resize: " + reported.message());
  });
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_CASE(a_write_to_a_fifo_without_readers_is_a_broken_pipe) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const auto child = child_process([&] {
    expect_default_signal(SIGPIPE);
    int ends[2];
    child_require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    ::close(ends[0]);
    asio::io_context own;
    random_access_file file(own, ends[1]);
    const std::string block(100, 'b');
    int broken = 0;
    for (int i = 0; i != 50; ++i) {
      file.async_write_some_at(0, asio::buffer(block), [&](error_code ec, std::size_t n) {
        if (transfer(ec, n) == transfer(posix_error(EPIPE), 0)) ++broken;
      });
    }
    own.run();
    child_require(broken == 50, std::to_string(broken) + " of 50 writes found a broken pipe");
    require_default_signal(SIGPIPE);
  }).wait();
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_CASE(a_synchronous_write_to_a_fifo_without_readers_is_a_broken_pipe_too) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const auto child = child_process([&] {
    expect_default_signal(SIGPIPE);
    int ends[2];
    child_require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    ::close(ends[0]);
    asio::io_context own;
    random_access_file file(own, ends[1]);
    child_require_transfer(write_now(file, 0, asio::buffer("abc", 3)),
                           transfer(posix_error(EPIPE), 0));
    require_default_signal(SIGPIPE);
  }).wait();
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_CASE(a_write_to_a_socket_without_peer_is_a_broken_pipe) {
  if (!children_can_be_trusted()) return;
  without_watchdog();
  const auto child = child_process([&] {
    expect_default_signal(SIGPIPE);
    int ends[2];
    child_require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    ::close(ends[0]);
    asio::io_context own;
    random_access_file file(own, ends[1]);
    transfer result;
    file.async_write_some_at(0, asio::buffer("abc", 3), [&](error_code ec, std::size_t n) {
      result = transfer(ec, n);
    });
    own.run();
    child_require_transfer(result, transfer(posix_error(EPIPE), 0));
    require_default_signal(SIGPIPE);
  }).wait();
  BOOST_TEST(child.succeeded(), child);
}

BOOST_AUTO_TEST_SUITE_END()
