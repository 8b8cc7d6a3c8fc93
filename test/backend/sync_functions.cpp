// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The members that Boost.Asio's class has too and that do not start operations: opening, adopting,
// borrowing, releasing, moving; and that synchronous operations have the same results as
// asynchronous ones.

#include "fifo.hpp"
#include "file_contents.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_at.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write_at.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::basic_random_access_file;
using asiofile::file_base;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::is_open_descriptor;
using test_support::posix_error;
using test_support::run_size;
using test_support::run_status;
using test_support::run_transfer;
using test_support::size_found;
using test_support::transfer;

namespace {

using io_executor = asio::io_context::executor_type;
using io_context_file = basic_random_access_file<io_executor>;
using strand_file = basic_random_access_file<asio::strand<io_executor>>;

const error_code success;
const error_code aborted = asio::error::operation_aborted;
const error_code bad_descriptor = asio::error::bad_descriptor;

constexpr auto new_file = file_base::read_write | file_base::create | file_base::truncate;

struct fixture {
  test_support::temporary_directory directory;
  asio::io_context context;
  test_support::watchdog limit{std::chrono::seconds(30)};

  std::string make(std::string_view name, std::string_view content) {
    const std::string path = directory.path(name);
    test_support::write_file(path, content);
    return path;
  }

  int open_descriptor(std::string_view content = "content") {
    const int fd = ::open(make("native", content).c_str(), O_RDWR | O_CLOEXEC);
    BOOST_REQUIRE(fd != -1);
    return fd;
  }

  template <typename File>
  std::string first_bytes(File& file, std::size_t count) {
    std::string memory(count, '.');
    const transfer result = run_transfer(context, [&](auto handler) {
      file.async_read_some_at(0, asio::buffer(memory), handler);
    });
    BOOST_TEST(result == transfer(success, count));
    return memory;
  }
};

// The error that the throwing overload of a function threw.
template <typename Function>
error_code thrown_by(Function&& function) {
  try {
    function();
  } catch (const boost::system::system_error& thrown) {
    BOOST_TEST(!std::string(thrown.what()).empty());
    return thrown.code();
  }
  return success;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_functions, fixture)

// --- The type --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_types_are_those_of_boost_asio) {
  static_assert(std::is_same_v<random_access_file, basic_random_access_file<>>);
  static_assert(std::is_same_v<random_access_file::executor_type, asio::any_io_executor>);
  static_assert(std::is_same_v<io_context_file::executor_type, io_executor>);
  static_assert(std::is_same_v<random_access_file::native_handle_type, int>);
  static_assert(std::is_same_v<random_access_file::rebind_executor<io_executor>::other,
                               io_context_file>);
  static_assert(std::is_base_of_v<file_base, random_access_file>);
  static_assert(!std::is_copy_constructible_v<random_access_file>);
  static_assert(!std::is_copy_assignable_v<random_access_file>);
  static_assert(std::is_nothrow_move_constructible_v<random_access_file>);
  static_assert(std::is_nothrow_move_assignable_v<random_access_file>);
  static_assert(std::is_constructible_v<random_access_file, io_context_file>);
  static_assert(std::is_assignable_v<random_access_file&, io_context_file>);
  static_assert(!std::is_constructible_v<io_context_file, random_access_file>);
  static_assert(!std::is_assignable_v<io_context_file&, random_access_file>);
  static_assert(!std::is_convertible_v<asio::io_context&, random_access_file>);
  static_assert(!std::is_convertible_v<asio::any_io_executor, random_access_file>);
  const random_access_file file(context);
  BOOST_TEST((file.get_executor() == context.get_executor()));
}

BOOST_AUTO_TEST_CASE(every_constructor_makes_a_file_that_works) {
  const std::string path = make("file", "content");
  const io_executor executor = context.get_executor();
  random_access_file a(executor);
  BOOST_TEST(!a.is_open());
  random_access_file b(context);
  BOOST_TEST(!b.is_open());
  random_access_file c(executor, path.c_str(), file_base::read_only);
  random_access_file d(executor, path, file_base::read_only);
  random_access_file e(context, path.c_str(), file_base::read_only);
  random_access_file f(context, path, file_base::read_only);
  random_access_file g(executor, open_descriptor());
  random_access_file h(context, open_descriptor());
  const int borrowed = open_descriptor();
  random_access_file i(executor, borrowed, asiofile::borrowed);
  random_access_file j(context, borrowed, asiofile::borrowed);
  for (random_access_file* const file : {&c, &d, &e, &f, &g, &h, &i, &j}) {
    BOOST_TEST(file->is_open());
    BOOST_TEST(first_bytes(*file, 7) == "content");
    file->close();
    BOOST_TEST(!file->is_open());
  }
  BOOST_TEST(::close(borrowed) == 0);
}

BOOST_AUTO_TEST_CASE(constructors_throw_what_open_and_assign_report) {
  const std::string missing = directory.path("missing");
  const auto flags = file_base::read_only;
  const io_executor executor = context.get_executor();
  const error_code not_found = posix_error(ENOENT);
  BOOST_TEST(thrown_by([&] { random_access_file(context, missing, flags); }) == not_found);
  BOOST_TEST(thrown_by([&] { random_access_file(context, missing.c_str(), flags); }) == not_found);
  BOOST_TEST(thrown_by([&] { random_access_file(executor, missing, flags); }) == not_found);
  BOOST_TEST(thrown_by([&] { random_access_file(context, -1); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { random_access_file(executor, -1); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { random_access_file(context, -1, asiofile::borrowed); }) ==
             bad_descriptor);
}

BOOST_AUTO_TEST_CASE(functions_without_an_error_code_throw_it) {
  random_access_file file(context);
  char byte = 0;
  BOOST_TEST(thrown_by([&] { file.open(directory.path("missing"), file_base::read_only); }) ==
             posix_error(ENOENT));
  BOOST_TEST(thrown_by([&] {
               file.open(directory.path("missing").c_str(), file_base::read_only);
             }) == posix_error(ENOENT));
  BOOST_TEST(thrown_by([&] { file.assign(-1); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.assign(-1, asiofile::borrowed); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.release(); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.cancel(); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { static_cast<void>(file.size()); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.resize(0); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.sync_all(); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.sync_data(); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.read_some_at(0, asio::buffer(&byte, 1)); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.write_some_at(0, asio::buffer(&byte, 1)); }) == bad_descriptor);
  BOOST_TEST(thrown_by([&] { file.close(); }) == success);
  file.open(make("file", ""), file_base::read_only);
  BOOST_TEST(thrown_by([&] { file.read_some_at(0, asio::buffer(&byte, 1)); }) ==
             error_code(asio::error::eof));
}

BOOST_AUTO_TEST_CASE(functions_that_succeed_do_not_throw) {
  random_access_file file(context);
  file.open(directory.path("file"), new_file);
  BOOST_TEST(file.is_open());
  BOOST_TEST(is_open_descriptor(file.native_handle()));
  BOOST_TEST(file.write_some_at(0, asio::buffer("content", 7)) == 7U);
  file.sync_all();
  file.sync_data();
  BOOST_TEST(file.size() == 7U);
  file.resize(3);
  BOOST_TEST(file.size() == 3U);
  char memory[10];
  BOOST_TEST(file.read_some_at(1, asio::buffer(memory)) == 2U);
  file.cancel();
  const int fd = file.release();
  BOOST_TEST(!file.is_open());
  file.assign(fd);
  BOOST_TEST(file.native_handle() == fd);
  file.close();
  BOOST_TEST(!is_open_descriptor(fd));
}

BOOST_AUTO_TEST_CASE(success_clears_the_error_code) {
  error_code ec = posix_error(EIO);
  random_access_file file(context);
  file.open(directory.path("file"), new_file, ec);
  BOOST_TEST(ec == success);
  file.write_some_at(0, asio::buffer("content", 7), ec = posix_error(EIO));
  BOOST_TEST(ec == success);
  char memory[7];
  file.read_some_at(0, asio::buffer(memory), ec = posix_error(EIO));
  BOOST_TEST(ec == success);
  static_cast<void>(file.size(ec = posix_error(EIO)));
  BOOST_TEST(ec == success);
  file.resize(3, ec = posix_error(EIO));
  BOOST_TEST(ec == success);
  file.cancel(ec = posix_error(EIO));
  BOOST_TEST(ec == success);
  const int fd = file.release(ec = posix_error(EIO));
  BOOST_TEST(ec == success);
  file.assign(fd, ec = posix_error(EIO));
  BOOST_TEST(ec == success);
}

BOOST_AUTO_TEST_CASE(the_composed_functions_of_boost_asio_work_synchronously) {
  const std::string content = test_support::pattern(6, 0, 100'000);
  random_access_file file(context, directory.path("file"), new_file);
  BOOST_TEST(asio::write_at(file, 5, asio::buffer(content)) == content.size());
  std::string memory(content.size(), '.');
  BOOST_TEST(asio::read_at(file, 5, asio::buffer(memory)) == content.size());
  BOOST_TEST((memory == content));
  error_code ec;
  BOOST_TEST(asio::read_at(file, 50'005, asio::buffer(memory), ec) == 50'000U);
  BOOST_TEST(ec == error_code(asio::error::eof));
}

// --- The same result in both ways ------------------------------------------------------------

namespace {

struct way_to_open {
  std::string path;
  file_base::flags flags;
};

// The results of every operation of a file.
struct all_results {
  std::vector<transfer> transfers;
  std::vector<error_code> errors;
  std::vector<size_found> sizes;
  std::string memory;
};

constexpr std::uint64_t offsets[] = {0,
                                     1,
                                     6,
                                     7,
                                     8,
                                     4'096,
                                     std::uint64_t{1} << 33,
                                     0x7fff'ffff'ffff'ffff - 64,
                                     0x7fff'ffff'ffff'fffe,
                                     0x7fff'ffff'ffff'ffff};
constexpr std::uint64_t invalid_offsets[] = {0x8000'0000'0000'0000, ~std::uint64_t{0}};
constexpr std::size_t transfer_sizes[] = {0, 1, 64};

all_results synchronous_results(asio::io_context& context, const way_to_open& way) {
  all_results results;
  random_access_file file(context);
  error_code ec;
  file.open(way.path, way.flags, ec);
  results.errors.push_back(ec);
  for (const auto& some : {std::vector<std::uint64_t>(std::begin(offsets), std::end(offsets)),
                           std::vector<std::uint64_t>(std::begin(invalid_offsets),
                                                      std::end(invalid_offsets))}) {
    for (const std::uint64_t offset : some) {
      for (const std::size_t size : transfer_sizes) {
        std::string memory(size, '.');
        std::size_t n = file.read_some_at(offset, asio::buffer(memory), ec);
        results.transfers.emplace_back(ec, n);
        results.memory += memory;
        n = file.write_some_at(offset, asio::const_buffer("content", size < 7 ? size : 7), ec);
        results.transfers.emplace_back(ec, n);
      }
    }
  }
  file.sync_all(ec);
  results.errors.push_back(ec);
  file.sync_data(ec);
  results.errors.push_back(ec);
  for (const std::uint64_t size : {std::uint64_t{7}, ~std::uint64_t{0}}) {
    file.resize(size, ec);
    results.errors.push_back(ec);
    const std::uint64_t found = file.size(ec);
    results.sizes.emplace_back(ec, found);
  }
  file.close(ec);
  results.errors.push_back(ec);
  return results;
}

all_results asynchronous_results(asio::io_context& context, const way_to_open& way) {
  all_results results;
  random_access_file file(context);
  results.errors.push_back(run_status(
      context, [&](auto handler) { file.async_open(way.path, way.flags, handler); }));
  for (const auto& some : {std::vector<std::uint64_t>(std::begin(offsets), std::end(offsets)),
                           std::vector<std::uint64_t>(std::begin(invalid_offsets),
                                                      std::end(invalid_offsets))}) {
    for (const std::uint64_t offset : some) {
      for (const std::size_t size : transfer_sizes) {
        std::string memory(size, '.');
        results.transfers.push_back(run_transfer(context, [&](auto handler) {
          file.async_read_some_at(offset, asio::buffer(memory), handler);
        }));
        results.memory += memory;
        results.transfers.push_back(run_transfer(context, [&](auto handler) {
          file.async_write_some_at(offset, asio::const_buffer("content", size < 7 ? size : 7),
                                   handler);
        }));
      }
    }
  }
  results.errors.push_back(
      run_status(context, [&](auto handler) { file.async_sync_all(handler); }));
  results.errors.push_back(
      run_status(context, [&](auto handler) { file.async_sync_data(handler); }));
  for (const std::uint64_t size : {std::uint64_t{7}, ~std::uint64_t{0}}) {
    results.errors.push_back(
        run_status(context, [&](auto handler) { file.async_resize(size, handler); }));
    results.sizes.push_back(run_size(context, [&](auto handler) { file.async_size(handler); }));
  }
  results.errors.push_back(run_status(context, [&](auto handler) { file.async_close(handler); }));
  return results;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_synchronous_operation_gives_what_the_asynchronous_one_gives) {
  const std::string file = directory.path("file");
  const way_to_open ways[] = {
      {file, file_base::read_only},
      {file, file_base::write_only},
      {file, file_base::read_write},
      {file, file_base::read_write | file_base::append},
      {file, file_base::write_only | file_base::append},
      {file, new_file},
      {file, file_base::read_write | file_base::sync_all_on_write},
      {file, file_base::write_only | file_base::create | file_base::exclusive},
      {directory.path("missing"), file_base::read_only},
      {directory.root(), file_base::read_only},
      {directory.root(), file_base::read_write},
      {"/dev/null", file_base::read_write},
      {"/dev/zero", file_base::read_write},
      {"/dev/full", file_base::read_write},
      {"/dev/full", file_base::read_only},
  };
  for (const way_to_open& way : ways) {
    BOOST_TEST_CONTEXT(way.path << ", flags " << way.flags) {
      make("file", "content");
      const all_results synchronous = synchronous_results(context, way);
      const std::string synchronous_content = test_support::read_file(file).substr(0, 1'000);
      make("file", "content");
      const all_results asynchronous = asynchronous_results(context, way);
      BOOST_TEST(asynchronous.errors == synchronous.errors, boost::test_tools::per_element());
      BOOST_TEST(asynchronous.transfers == synchronous.transfers,
                 boost::test_tools::per_element());
      BOOST_TEST(asynchronous.sizes == synchronous.sizes, boost::test_tools::per_element());
      BOOST_TEST((asynchronous.memory == synchronous.memory));
      BOOST_TEST((test_support::read_file(file).substr(0, 1'000) == synchronous_content));
    }
  }
}

// --- Native handles --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_assigned_descriptor_is_closed_with_the_file) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  for (const int way : {0, 1, 2}) {
    BOOST_TEST_CONTEXT("way " << way) {
      const int fd = open_descriptor();
      {
        random_access_file file(context);
        file.assign(fd);
        BOOST_TEST(file.native_handle() == fd);
        BOOST_TEST(first_bytes(file, 3) == "con");
        if (way == 0) file.close();
        if (way == 1) run_status(context, [&](auto handler) { file.async_close(handler); });
      }
      BOOST_TEST(!is_open_descriptor(fd));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_stays_open) {
  const int fd = open_descriptor();
  for (const int way : {0, 1, 2, 3}) {
    BOOST_TEST_CONTEXT("way " << way) {
      {
        random_access_file file(context);
        file.assign(fd, asiofile::borrowed);
        BOOST_TEST(file.is_open());
        BOOST_TEST(file.native_handle() == fd);
        BOOST_TEST(first_bytes(file, 3) == "con");
        if (way == 0) file.close();
        if (way == 1) {
          BOOST_TEST(run_status(context, [&](auto handler) { file.async_close(handler); }) ==
                     success);
        }
        if (way == 2) file = random_access_file(context);
      }
      BOOST_TEST(is_open_descriptor(fd));
      char byte = 0;
      BOOST_TEST(::pread(fd, &byte, 1, 0) == 1);
    }
  }
  BOOST_TEST(::close(fd) == 0);
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_stays_open_under_operations_in_flight) {
  test_support::fifo fifo(directory.path("fifo"));
  const int fd = ::open(fifo.path().c_str(), O_RDWR | O_CLOEXEC);
  BOOST_REQUIRE(fd != -1);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  {
    random_access_file file(context, fd, asiofile::borrowed);
    file.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
      reads.emplace_back(ec, n);
    });
    context.poll();
  }
  context.restart();
  context.run();
  BOOST_REQUIRE(reads.size() == 1U);
  BOOST_TEST(reads[0] == transfer(aborted, 0));
  BOOST_TEST(is_open_descriptor(fd));
  BOOST_TEST(::close(fd) == 0);
}

BOOST_AUTO_TEST_CASE(two_files_can_borrow_one_descriptor) {
  const int fd = open_descriptor();
  random_access_file one(context, fd, asiofile::borrowed);
  random_access_file two(context, fd, asiofile::borrowed);
  one.close();
  BOOST_TEST(first_bytes(two, 7) == "content");
  two.close();
  BOOST_TEST(::close(fd) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_open_descriptor_cannot_be_assigned) {
  const int open_one = open_descriptor();
  // A high number, so that it is not reused when it is free again.
  const int closed = ::fcntl(open_one, F_DUPFD_CLOEXEC, 500);
  BOOST_REQUIRE(closed != -1);
  BOOST_REQUIRE(::close(closed) == 0);
  BOOST_REQUIRE(::close(open_one) == 0);
  for (const int fd : {-1, -2, closed, 1'000'000, 0x7fff'ffff, -0x7fff'ffff - 1}) {
    BOOST_TEST_CONTEXT("descriptor " << fd) {
      random_access_file file(context);
      error_code ec;
      file.assign(fd, ec);
      BOOST_TEST(ec == bad_descriptor);
      BOOST_TEST(!file.is_open());
      file.assign(fd, asiofile::borrowed, ec = success);
      BOOST_TEST(ec == bad_descriptor);
      BOOST_TEST(!file.is_open());
      file.open(make("file", "content"), file_base::read_only);
      BOOST_TEST(first_bytes(file, 7) == "content");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_released_descriptor_is_the_callers) {
  random_access_file file(context, make("file", "content"), file_base::read_write);
  const int fd = file.native_handle();
  BOOST_TEST(file.release() == fd);
  BOOST_TEST(!file.is_open());
  BOOST_TEST(file.native_handle() == -1);
  BOOST_TEST(is_open_descriptor(fd));
  file.open(make("other", "other"), file_base::read_only);
  BOOST_TEST(first_bytes(file, 5) == "other");
  BOOST_TEST(::close(fd) == 0);
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_can_be_released_too) {
  const int fd = open_descriptor();
  random_access_file file(context, fd, asiofile::borrowed);
  BOOST_TEST(file.release() == fd);
  BOOST_TEST(!file.is_open());
  BOOST_TEST(is_open_descriptor(fd));
  BOOST_TEST(::close(fd) == 0);
}

BOOST_AUTO_TEST_CASE(releasing_cancels_the_operations_in_flight) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  for (int i = 0; i != 10; ++i) {
    file.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
      reads.emplace_back(ec, n);
    });
  }
  context.poll();
  const int fd = file.release();
  BOOST_TEST(is_open_descriptor(fd));
  BOOST_TEST(reads.empty());
  // No operation reads any more: these bytes are for the descriptor's owner.
  BOOST_TEST(fifo.feed(4));
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(10, transfer(aborted, 0)),
             boost::test_tools::per_element());
  BOOST_TEST(memory == "..........");
  BOOST_TEST(::read(fd, memory.data(), memory.size()) == 4);
  BOOST_TEST(::close(fd) == 0);
}

BOOST_AUTO_TEST_CASE(closing_cancels_the_operations_in_flight) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  const int fd = file.native_handle();
  std::string memory(10, '.');
  std::vector<transfer> reads;
  for (int i = 0; i != 10; ++i) {
    file.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
      reads.emplace_back(ec, n);
    });
  }
  context.poll();
  file.close();
  BOOST_TEST(!is_open_descriptor(fd));
  BOOST_TEST(reads.empty());
  BOOST_TEST(fifo.feed(4));
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(10, transfer(aborted, 0)),
             boost::test_tools::per_element());
  BOOST_TEST(memory == "..........");
}

BOOST_AUTO_TEST_CASE(cancelling_leaves_the_file_open_and_usable) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  const auto start_read = [&] {
    file.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
      reads.emplace_back(ec, n);
    });
  };
  for (int i = 0; i != 10; ++i) start_read();
  context.poll();
  file.cancel();
  BOOST_TEST(reads.empty());
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(10, transfer(aborted, 0)),
             boost::test_tools::per_element());
  reads.clear();
  start_read();
  BOOST_TEST(fifo.feed(4));
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(success, 4)),
             boost::test_tools::per_element());
}

// --- Moving ----------------------------------------------------------------------------------

namespace {

// A moved-from file is closed, says so, and can be used again.
template <typename File>
void check_moved_from(File& file, fixture& test) {
  BOOST_TEST(!file.is_open());
  BOOST_TEST(file.native_handle() == -1);
  BOOST_TEST((file.get_executor() == test.context.get_executor()));
  error_code ec;
  file.close(ec = posix_error(EIO));
  BOOST_TEST(ec == success);
  BOOST_TEST(file.size(ec = success) == 0U);
  BOOST_TEST(ec == bad_descriptor);
  file.cancel(ec = success);
  BOOST_TEST(ec == bad_descriptor);
  BOOST_TEST(file.release(ec = success) == -1);
  BOOST_TEST(ec == bad_descriptor);
  char byte = 0;
  BOOST_TEST(run_transfer(test.context, [&](auto handler) {
               file.async_read_some_at(0, asio::buffer(&byte, 1), handler);
             }) == transfer(bad_descriptor, 0));
  BOOST_TEST(run_status(test.context, [&](auto handler) { file.async_close(handler); }) == success);
  file.open(test.make("again", "again"), file_base::read_only);
  BOOST_TEST(test.first_bytes(file, 5) == "again");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_moves_with_what_it_has_open) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  random_access_file from(context, make("file", "content"), file_base::read_only);
  const int fd = from.native_handle();
  random_access_file to(std::move(from));
  BOOST_TEST(to.native_handle() == fd);
  BOOST_TEST(first_bytes(to, 7) == "content");
  check_moved_from(from, *this);

  random_access_file assigned(context, make("other", "other"), file_base::read_only);
  const int replaced = assigned.native_handle();
  assigned = std::move(to);
  BOOST_TEST(assigned.native_handle() == fd);
  BOOST_TEST(!is_open_descriptor(replaced));
  BOOST_TEST(first_bytes(assigned, 7) == "content");
  check_moved_from(to, *this);
}

BOOST_AUTO_TEST_CASE(a_moved_from_file_can_be_assigned_to_destroyed_and_moved_again) {
  random_access_file from(context, make("file", "content"), file_base::read_only);
  random_access_file to(std::move(from));
  random_access_file third(std::move(from));
  BOOST_TEST(!third.is_open());
  from = std::move(to);
  BOOST_TEST(first_bytes(from, 7) == "content");
  random_access_file& same = from;
  from = std::move(same);
  BOOST_TEST(first_bytes(from, 7) == "content");
}

BOOST_AUTO_TEST_CASE(a_file_moves_to_another_executor_type_and_back_to_a_container) {
  if (!test_support::has_linux(test_support::known_file_systems)) return;
  io_context_file from(context, make("file", "content"), file_base::read_only);
  const int fd = from.native_handle();
  random_access_file to(std::move(from));
  BOOST_TEST(to.native_handle() == fd);
  BOOST_TEST((to.get_executor() == context.get_executor()));
  BOOST_TEST(first_bytes(to, 7) == "content");
  check_moved_from(from, *this);

  strand_file on_strand(asio::make_strand(context), make("other", "other"), file_base::read_only);
  const auto strand = on_strand.get_executor();
  to = std::move(on_strand);
  BOOST_TEST(!is_open_descriptor(fd));
  BOOST_TEST((to.get_executor() == strand));
  BOOST_TEST(first_bytes(to, 5) == "other");

  std::vector<random_access_file> files;
  for (int i = 0; i != 20; ++i)
    files.emplace_back(io_context_file(context, directory.path("file"), file_base::read_only));
  for (random_access_file& each : files) BOOST_TEST(first_bytes(each, 7) == "content");
}

BOOST_AUTO_TEST_CASE(operations_in_flight_move_with_their_file) {
  test_support::fifo fifo(directory.path("fifo"));
  io_context_file first(context, fifo.path(), file_base::read_write);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  first.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    BOOST_TEST(context.get_executor().running_in_this_thread());
    reads.emplace_back(ec, n);
  });
  context.poll();
  random_access_file second(std::move(first));
  random_access_file third(context);
  third = std::move(second);
  BOOST_TEST(reads.empty());
  context.restart();
  context.poll();
  BOOST_TEST(reads.empty());
  BOOST_TEST(fifo.feed(4));
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(success, 4)),
             boost::test_tools::per_element());
  BOOST_TEST(memory == "ffff......");
}

BOOST_AUTO_TEST_CASE(a_moved_file_cancels_what_was_started_before_the_move) {
  test_support::fifo fifo(directory.path("fifo"));
  io_context_file first(context, fifo.path(), file_base::read_write);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  first.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    reads.emplace_back(ec, n);
  });
  context.poll();
  random_access_file second(std::move(first));
  second.cancel();
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(aborted, 0)),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(assigning_to_a_file_cancels_what_it_had_in_flight) {
  test_support::fifo fifo(directory.path("fifo"));
  random_access_file file(context, fifo.path(), file_base::read_write);
  std::string memory(10, '.');
  std::vector<transfer> reads;
  file.async_read_some_at(0, asio::buffer(memory), [&](error_code ec, std::size_t n) {
    reads.emplace_back(ec, n);
  });
  context.poll();
  file = random_access_file(context, make("file", "content"), file_base::read_only);
  BOOST_TEST(reads.empty());
  context.restart();
  context.run();
  BOOST_TEST(reads == std::vector<transfer>(1, transfer(aborted, 0)),
             boost::test_tools::per_element());
  BOOST_TEST(first_bytes(file, 7) == "content");
}

BOOST_AUTO_TEST_CASE(a_file_can_outlive_its_context) {
  random_access_file file = [&] {
    asio::io_context short_lived;
    random_access_file made(short_lived, make("file", "content"), file_base::read_only);
    return made;
  }();
  BOOST_TEST(!file.is_open());
  BOOST_TEST(file.native_handle() == -1);
  error_code ec;
  char byte = 0;
  file.read_some_at(0, asio::buffer(&byte, 1), ec);
  BOOST_TEST(ec == bad_descriptor);
  file.close(ec);
  BOOST_TEST(ec == success);
}

BOOST_AUTO_TEST_SUITE_END()
