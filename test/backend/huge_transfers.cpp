// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Transfers beyond the 2 GiB that one system call moves, and beyond 32 bits.

#include "file_contents.hpp"
#include "run_operation.hpp"
#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mman.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::run_transfer;
using test_support::transfer;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::size_t gibibyte = std::size_t{1} << 30;

const error_code success;
const error_code eof = asio::error::eof;

constexpr auto new_file = file_base::read_write | file_base::create | file_base::truncate;

// Zeros that take memory only where they are written to.
class untouched_memory {
 public:
  explicit untouched_memory(std::size_t bytes)
      : size_(bytes),
        data_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (data_ == MAP_FAILED) throw std::system_error(errno, std::system_category(), "mmap");
#if defined(MADV_HUGEPAGE)
    ::madvise(data_, bytes, MADV_HUGEPAGE);  // some ten times fewer page faults
#endif
  }
  ~untouched_memory() { ::munmap(data_, size_); }
  untouched_memory(const untouched_memory&) = delete;
  untouched_memory& operator=(const untouched_memory&) = delete;

  [[nodiscard]] asio::mutable_buffer buffer() const { return {data_, size_}; }
  [[nodiscard]] char* begin() const { return static_cast<char*>(data_); }

 private:
  std::size_t size_;
  void* data_;
};

std::size_t available_memory() {
  std::ifstream meminfo("/proc/meminfo");
  std::string name;
  std::size_t kibibytes = 0;
  std::string unit;
  while (meminfo >> name >> kibibytes && std::getline(meminfo, unit)) {
    if (name == "MemAvailable:") return kibibytes * 1024;
  }
  return 0;
}

// Where the bytes are that distinguish the parts of the file: around each limit.
const std::vector<std::uint64_t>& marks() {
  static const std::vector<std::uint64_t> offsets = {
      0,           gibibyte - 1,     gibibyte,         2 * gibibyte - 4'097, 2 * gibibyte - 4'096,
      2 * gibibyte - 1, 2 * gibibyte, 2 * gibibyte + 1, 3 * gibibyte - 4'096, 3 * gibibyte - 1};
  return offsets;
}

char mark(std::size_t number) { return static_cast<char>('a' + number); }

struct fixture {
  test_support::temporary_directory directory;
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(60)};

  // False, with a message, if this machine is too small. `disk`: bytes that will be written to a
  // file.
  bool can_run(std::size_t disk = 0) {
    if (sizeof(std::size_t) < sizeof(std::uint64_t)) {
      test_support::skip("an address space of 32 bits has no room for it");
      return false;
    }
    if (test_support::under_sanitizer) {
      test_support::skip("gibibytes of memory take too long under a sanitizer");
      return false;
    }
    if (available_memory() < 8 * gibibyte) {
      test_support::skip("less than 8 GiB of memory are available");
      return false;
    }
    if (disk != 0 && std::filesystem::space(directory.root()).available < 2 * disk) {
      test_support::skip("the file system has too little space");
      return false;
    }
    return true;
  }

  // 3 GiB, nearly all of it holes.
  std::string make_sparse_file() {
    const std::string path = directory.path("sparse");
    random_access_file file(context, path, new_file);
    for (std::size_t i = 0; i != marks().size(); ++i) {
      const char byte = mark(i);
      file.write_some_at(marks()[i], asio::buffer(&byte, 1));
    }
    BOOST_REQUIRE(file.size() == 3 * gibibyte);
    return path;
  }

  void check_marks(const char* memory) {
    for (std::size_t i = 0; i != marks().size(); ++i) {
      BOOST_TEST_CONTEXT("offset " << marks()[i]) BOOST_TEST(memory[marks()[i]] == mark(i));
    }
    BOOST_TEST(memory[2 * gibibyte + 2] == '\0');
    BOOST_TEST(memory[2 * gibibyte - 2] == '\0');
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(huge_transfers, fixture)

BOOST_AUTO_TEST_CASE(one_read_fills_three_gibibytes) {
  if (!can_run()) return;
  random_access_file file(context, make_sparse_file(), file_base::read_only);
  // One more mebibyte than there is: the end comes after the first 2 GiB and is no error.
  const untouched_memory memory(3 * gibibyte + mebibyte);
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_read_some_at(0, asio::buffer(memory.buffer(), 3 * gibibyte), handler);
             }) == transfer(success, 3 * gibibyte));
  check_marks(memory.begin());
  BOOST_TEST(memory.begin()[3 * gibibyte] == '\0');
}

BOOST_AUTO_TEST_CASE(a_read_of_many_buffers_fills_three_gibibytes_and_is_short_at_the_end) {
  if (!can_run()) return;
  random_access_file file(context, make_sparse_file(), file_base::read_only);
  const untouched_memory memory(3 * gibibyte + mebibyte);
  // Sizes that make the limit of one call fall inside a buffer.
  std::vector<asio::mutable_buffer> buffers;
  asio::mutable_buffer rest = memory.buffer();
  for (std::size_t size = 1; rest.size() != 0; size = std::min(size * 3, 100 * mebibyte + 7)) {
    buffers.push_back(asio::buffer(rest, size));
    rest += size;
  }
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_read_some_at(0, buffers, handler);
             }) == transfer(success, 3 * gibibyte));
  check_marks(memory.begin());
}

BOOST_AUTO_TEST_CASE(one_synchronous_read_is_as_long) {
  if (!can_run()) return;
  random_access_file file(context, make_sparse_file(), file_base::read_only);
  // The same memory repeatedly: its content is never read.
  const untouched_memory memory(64 * mebibyte);
  const std::vector<asio::mutable_buffer> buffers(40, memory.buffer());
  error_code ec;
  const std::size_t synchronous = file.read_some_at(0, buffers, ec);
  BOOST_TEST(transfer(ec, synchronous) == run_transfer(context, [&](auto handler) {
               file.async_read_some_at(0, buffers, handler);
             }));
  BOOST_TEST(synchronous == 40 * 64 * mebibyte);
}

BOOST_AUTO_TEST_CASE(one_write_takes_two_and_a_half_gibibytes) {
  constexpr std::size_t size = 5 * gibibyte / 2;
  if (!can_run(size)) return;
  const untouched_memory memory(size);
  memory.begin()[0] = 'a';
  memory.begin()[2 * gibibyte - 4'096] = 'b';
  memory.begin()[2 * gibibyte] = 'c';
  memory.begin()[size - 1] = 'z';
  random_access_file file(context, directory.path("large"), new_file);
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_write_some_at(0, memory.buffer(), handler);
             }) == transfer(success, size));
  BOOST_TEST(file.size() == size);
  char byte = 0;
  const auto byte_at = [&](std::uint64_t offset) {
    file.read_some_at(offset, asio::buffer(&byte, 1));
    return byte;
  };
  BOOST_TEST(byte_at(0) == 'a');
  BOOST_TEST(byte_at(1) == '\0');
  BOOST_TEST(byte_at(2 * gibibyte - 4'096) == 'b');
  BOOST_TEST(byte_at(2 * gibibyte) == 'c');
  BOOST_TEST(byte_at(size - 1) == 'z');
}

BOOST_AUTO_TEST_CASE(counts_have_64_bits) {
  if (!can_run()) return;
  // /dev/null does not read the data.
  random_access_file file(context, "/dev/null", file_base::write_only);
  constexpr std::uint64_t bytes = 5'000 * std::uint64_t{mebibyte};
  static_assert(bytes > std::numeric_limits<std::uint32_t>::max());
  const auto size = static_cast<std::size_t>(bytes);
  const untouched_memory memory(size);
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_write_some_at(0, memory.buffer(), handler);
             }) == transfer(success, size));
  error_code ec;
  BOOST_TEST(file.write_some_at(0, memory.buffer(), ec) == size);
  BOOST_TEST(ec == success);
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_write_some_at(std::uint64_t{1} << 40, memory.buffer(), handler);
             }) == transfer(success, size));
}

BOOST_AUTO_TEST_CASE(the_sum_of_many_buffers_has_64_bits) {
  if (!can_run()) return;
  random_access_file file(context, "/dev/null", file_base::write_only);
  const untouched_memory memory(100 * mebibyte);
  const std::vector<asio::const_buffer> buffers(1'024, memory.buffer());
  const auto size = static_cast<std::size_t>(1'024 * 100 * std::uint64_t{mebibyte});
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_write_some_at(0, buffers, handler);
             }) == transfer(success, size));
}

BOOST_AUTO_TEST_CASE(a_huge_read_past_the_end_is_eof) {
  if (!can_run()) return;
  random_access_file file(context, make_sparse_file(), file_base::read_only);
  const untouched_memory memory(3 * gibibyte);
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_read_some_at(3 * gibibyte, memory.buffer(), handler);
             }) == transfer(eof, 0));
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_read_some_at(3 * gibibyte - 1, memory.buffer(), handler);
             }) == transfer(success, 1));
  BOOST_TEST(memory.begin()[0] == mark(marks().size() - 1));
}

BOOST_AUTO_TEST_SUITE_END()
