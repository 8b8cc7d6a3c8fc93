// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Files opened with the `direct` flag, and what they must be aligned to.

#include "file_contents.hpp"
#include "linux_only.hpp"
#include "run_operation.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::aligned_buffer;
using asiofile::file_base;
using asiofile::io_alignment;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::posix_error;
using test_support::run_status;
using test_support::run_transfer;
using test_support::transfer;

namespace {

const error_code success;
const error_code eof = asio::error::eof;

constexpr auto new_direct_file =
    file_base::read_write | file_base::create | file_base::truncate | file_base::direct;

struct fixture {
  test_support::temporary_directory directory;
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(30)};
  const std::string path = directory.path("file");

  // Opens a new file, or skips the test case.
  bool open_direct(random_access_file& file) {
    error_code ec;
    file.open(path, new_direct_file, ec);
    if (ec == posix_error(EINVAL)) test_support::skip("the file system refuses O_DIRECT");
    if (ec) BOOST_TEST(ec == posix_error(EINVAL));
    return !ec;
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
};

template <typename Buffers>
transfer read_now(random_access_file& file, std::uint64_t offset, const Buffers& buffers) {
  transfer result(posix_error(EIO), 0);
  result.bytes = file.read_some_at(offset, buffers, result.error);
  return result;
}

template <typename Buffers>
transfer write_now(random_access_file& file, std::uint64_t offset, const Buffers& buffers) {
  transfer result(posix_error(EIO), 0);
  result.bytes = file.write_some_at(offset, buffers, result.error);
  return result;
}

std::span<char> chars_of(aligned_buffer& block) {
  return {reinterpret_cast<char*>(block.data()), block.size()};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(direct_io, fixture)

BOOST_AUTO_TEST_CASE(what_is_written_past_the_cache_is_read_back) {
  random_access_file file(context);
  if (!open_direct(file)) return;
  const io_alignment needed = file.alignment();
  constexpr std::size_t blocks = 8;
  const auto block_bytes =
      static_cast<std::size_t>(asiofile::align_up(65'536, needed.offset_bytes));

  std::vector<aligned_buffer> memory;
  int written = 0;
  for (std::size_t i = 0; i != blocks; ++i) {
    memory.emplace_back(block_bytes, needed.memory_bytes);
    test_support::fill_pattern(chars_of(memory[i]), 1, i * block_bytes);
    file.async_write_some_at(i * block_bytes, asio::buffer(memory[i]),
                             [&](error_code ec, std::size_t n) {
                               if (!ec && n == block_bytes) ++written;
                             });
  }
  context.run();
  BOOST_TEST(written == static_cast<int>(blocks));
  const std::string content = test_support::read_file(path);
  BOOST_TEST(content.size() == blocks * block_bytes);
  BOOST_TEST(test_support::has_pattern(content, 1, 0));

  int read_back = 0;
  for (std::size_t i = 0; i != blocks; ++i) {
    memory[i] = aligned_buffer(block_bytes, needed.memory_bytes);
    file.async_read_some_at(
        i * block_bytes, asio::buffer(memory[i]), [&, i](error_code ec, std::size_t n) {
          if (!ec && n == block_bytes &&
              test_support::has_pattern(chars_of(memory[i]), 1, i * block_bytes))
            ++read_back;
        });
  }
  context.restart();
  context.run();
  BOOST_TEST(read_back == static_cast<int>(blocks));
}

BOOST_AUTO_TEST_CASE(the_flag_reaches_the_file_however_it_is_opened) {
  random_access_file file(context);
  if (!open_direct(file)) return;
  BOOST_TEST((::fcntl(file.native_handle(), F_GETFL) & O_DIRECT) != 0);
  file.close();
  const error_code opened = run_status(context, [&](auto handler) {
    file.async_open(path, file_base::read_only | file_base::direct, handler);
  });
  BOOST_TEST(opened == success);
  BOOST_TEST((::fcntl(file.native_handle(), F_GETFL) & O_DIRECT) != 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_direct_is_not_opened) {
  for (const char* const name : {"/proc/self/status", "/sys/kernel/fscaps", "/dev/zero"}) {
    BOOST_TEST_CONTEXT(name) {
      if (::access(name, R_OK) != 0) continue;
      const auto flags = file_base::read_only | file_base::direct;
      random_access_file file(context);
      error_code ec;
      file.open(name, flags, ec);
      BOOST_TEST(ec == posix_error(EINVAL));
      BOOST_TEST(run_status(context, [&](auto handler) {
                   file.async_open(name, flags, handler);
                 }) == posix_error(EINVAL));
      BOOST_TEST(!file.is_open());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_alignment_is_what_a_direct_file_takes) {
  random_access_file file(context);
  if (!open_direct(file)) return;
  const io_alignment needed = file.alignment();
  BOOST_TEST(std::has_single_bit(needed.memory_bytes));
  BOOST_TEST(std::has_single_bit(needed.offset_bytes));
  // At an address and an offset that are multiples of no more than that.
  aligned_buffer memory(needed.memory_bytes + needed.offset_bytes,
                        2 * std::max(needed.memory_bytes, needed.offset_bytes));
  const auto block = asio::buffer(asio::buffer(memory) + needed.memory_bytes, needed.offset_bytes);
  BOOST_TEST(write(file, needed.offset_bytes, block) == transfer(success, needed.offset_bytes));
  BOOST_TEST(read(file, needed.offset_bytes, block) == transfer(success, needed.offset_bytes));
  BOOST_TEST(write_now(file, needed.offset_bytes, block) ==
             transfer(success, needed.offset_bytes));
  BOOST_TEST(read_now(file, needed.offset_bytes, block) == transfer(success, needed.offset_bytes));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_direct_needs_no_alignment) {
  const io_alignment none;
  BOOST_TEST(none.memory_bytes == 1U);
  BOOST_TEST(none.offset_bytes == 1U);
  random_access_file file(context, test_support::make_pattern_file(path, 1, 100),
                          file_base::read_only);
  BOOST_TEST((file.alignment() == none));
  random_access_file zeros(context, "/dev/zero", file_base::read_only);
  BOOST_TEST((zeros.alignment() == none));
  // On a pipe the flag means packet mode (pipe(2)).
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_DIRECT | O_CLOEXEC) == 0);
  random_access_file packets(context, ends[0]);
  random_access_file other_end(context, ends[1]);
  BOOST_TEST((packets.alignment() == none));
}

BOOST_AUTO_TEST_CASE(a_closed_file_has_no_alignment) {
  const error_code closed = asio::error::bad_descriptor;
  random_access_file file(context);
  error_code ec;
  BOOST_TEST((file.alignment(ec) == io_alignment()));
  BOOST_TEST(ec == closed);
  BOOST_CHECK_EXCEPTION(static_cast<void>(file.alignment()), boost::system::system_error,
                        [&](const auto& thrown) { return thrown.code() == closed; });
  const random_access_file elsewhere(std::move(file));
  // NOLINTNEXTLINE(bugprone-use-after-move): it is what this test is about.
  static_cast<void>(file.alignment(ec = success));
  BOOST_TEST(ec == closed);
}

BOOST_AUTO_TEST_CASE(a_descriptor_opened_elsewhere_is_as_direct_as_it_is) {
  random_access_file file(context);
  if (!open_direct(file)) return;
  const io_alignment needed = file.alignment();
  random_access_file assigned(context, ::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  BOOST_TEST((assigned.alignment() == needed));
}

BOOST_AUTO_TEST_CASE(what_is_not_aligned_is_invalid_and_has_no_effect) {
  if (!test_support::has_linux("what a direct file demands")) return;
  random_access_file file(context);
  if (!open_direct(file)) return;
  const io_alignment needed = file.alignment();
  const auto block_bytes =
      static_cast<std::size_t>(asiofile::align_up(8'192, needed.offset_bytes));
  aligned_buffer memory(3 * block_bytes, std::max<std::size_t>(needed.memory_bytes, 4'096));
  test_support::fill_pattern({chars_of(memory).data(), block_bytes}, 2, 0);
  const auto whole = asio::buffer(memory, block_bytes);
  BOOST_REQUIRE(write(file, 0, whole) == transfer(success, block_bytes));
  // btrfs, tmpfs and network file systems accept it.
  if (read_now(file, 1, whole).error != posix_error(EINVAL))
    return test_support::skip("this file system takes any alignment");

  const auto at = [&](std::size_t first, std::size_t bytes) {
    return asio::buffer(asio::buffer(memory) + first, bytes);
  };
  struct misaligned_case {
    const char* what;
    std::uint64_t offset;
    std::vector<asio::mutable_buffer> buffers;
  };
  const std::size_t half = needed.offset_bytes / 2;
  const misaligned_case cases[] = {
      {"the offset, by a byte", 1, {at(block_bytes, block_bytes)}},
      {"the offset, by half", half, {at(block_bytes, block_bytes)}},
      {"the length, by a byte", 0, {at(block_bytes, block_bytes - 1)}},
      {"the length, one byte", 0, {at(block_bytes, 1)}},
      {"the length, by half", 0, {at(block_bytes, block_bytes - half)}},
      {"the address", 0, {at(block_bytes + 1, block_bytes)}},
      {"the second address", 0,
       {at(block_bytes, needed.offset_bytes), at(2 * block_bytes + 1, needed.offset_bytes)}},
      {"a length within", 0, {at(block_bytes, 100), at(2 * block_bytes, block_bytes - 100)}},
  };
  const transfer invalid(posix_error(EINVAL), 0);
  for (const auto& [what, offset, buffers] : cases) {
    BOOST_TEST_CONTEXT(what) {
      BOOST_TEST(read(file, offset, buffers) == invalid);
      BOOST_TEST(read_now(file, offset, buffers) == invalid);
      BOOST_TEST(write(file, offset, buffers) == invalid);
      BOOST_TEST(write_now(file, offset, buffers) == invalid);
    }
  }
  BOOST_TEST(test_support::read_file(path).size() == block_bytes);
  BOOST_TEST(test_support::has_pattern(test_support::read_file(path), 2, 0));
}

BOOST_AUTO_TEST_CASE(the_last_block_is_read_as_far_as_it_goes) {
  test_support::make_pattern_file(path, 3, 10'000);
  random_access_file file(context);
  error_code ec;
  file.open(path, file_base::read_only | file_base::direct, ec);
  if (ec) return test_support::skip("the file system refuses O_DIRECT");
  aligned_buffer memory(16'384);
  BOOST_TEST(read(file, 8'192, asio::buffer(memory, 4'096)) == transfer(success, 1'808));
  BOOST_TEST(test_support::has_pattern(chars_of(memory).first(1'808), 3, 8'192));
  BOOST_TEST(read(file, 12'288, asio::buffer(memory, 4'096)) == transfer(eof, 0));
  BOOST_TEST(read_now(file, 8'192, asio::buffer(memory, 4'096)) == transfer(success, 1'808));
  BOOST_TEST(read_now(file, 12'288, asio::buffer(memory, 4'096)) == transfer(eof, 0));

  // The composed operation reads once more, at the end of the file: at no multiple of any
  // alignment.
  const transfer all = run_transfer(context, [&](auto handler) {
    asio::async_read_at(file, 0, asio::buffer(memory), handler);
  });
  BOOST_TEST(all == transfer(eof, 10'000));
  BOOST_TEST(test_support::has_pattern(chars_of(memory).first(10'000), 3, 0));
}

BOOST_AUTO_TEST_SUITE_END()
