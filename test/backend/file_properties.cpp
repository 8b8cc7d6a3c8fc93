// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Status, allocation, advice and priorities of a file.

#include "file_contents.hpp"
#include "linux_only.hpp"
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
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using asiofile::file_advice;
using asiofile::file_base;
using asiofile::io_priority;
using asiofile::random_access_file;
using test_support::error_code;
using test_support::run_operation;
using test_support::run_status;
using test_support::run_transfer;
using test_support::status_found;

namespace {

struct fixture {
  test_support::temporary_directory directory;
  test_support::watchdog limit{std::chrono::seconds(60)};
  std::string path = directory.path("file");
  asio::io_context context;

  fixture() { test_support::write_file(path, std::string(10'000, 'x')); }

  status_found status_of(random_access_file& file) {
    return run_operation<status_found>(
        context, [&](auto handler) { file.async_status(std::move(handler)); });
  }
  error_code allocate(random_access_file& file, std::uint64_t offset, std::uint64_t length) {
    return run_status(
        context, [&](auto handler) { file.async_allocate(offset, length, std::move(handler)); });
  }
  error_code advise(random_access_file& file, std::uint64_t offset, std::uint64_t length,
                    file_advice advice) {
    return run_status(context, [&](auto handler) {
      file.async_advise(offset, length, advice, std::move(handler));
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_properties, fixture)

BOOST_AUTO_TEST_CASE(the_status_is_what_the_system_says) {
  BOOST_REQUIRE(::chmod(path.c_str(), 0640) == 0);
  BOOST_REQUIRE(::link(path.c_str(), directory.path("second").c_str()) == 0);
  random_access_file file(context, path, file_base::read_only);
  struct stat system;
  BOOST_REQUIRE(::fstat(file.native_handle(), &system) == 0);
  const auto check = [&](const asiofile::file_status& found) {
    BOOST_CHECK(found.type == asiofile::file_type::regular);
    BOOST_TEST(found.permissions == 0640U);
    BOOST_TEST(found.owner == system.st_uid);
    BOOST_TEST(found.group == system.st_gid);
    BOOST_TEST(found.link_count == 2U);
    BOOST_TEST(found.size == 10'000U);
    BOOST_TEST(found.allocated_bytes == static_cast<std::uint64_t>(system.st_blocks) * 512U);
    BOOST_TEST(found.inode == system.st_ino);
    BOOST_TEST(found.device == system.st_dev);
    const auto modified = std::chrono::seconds(system.st_mtim.tv_sec) +
                          std::chrono::nanoseconds(system.st_mtim.tv_nsec);
    BOOST_CHECK(found.modification_time.time_since_epoch() == modified);
  };
  const status_found found = status_of(file);
  BOOST_TEST(!found.error);
  check(found.status);
  check(file.status());
}

BOOST_AUTO_TEST_CASE(times_after_2262_are_the_last_that_can_be_told) {
  // 2300-01-01, which ext4, xfs and tmpfs have.
  constexpr std::int64_t later = 10'413'792'000;
  if (later > std::numeric_limits<std::time_t>::max())
    return test_support::skip("the system's own times end in 2038");
  const auto time = static_cast<std::time_t>(later);
  const timespec times[2] = {{time, 0}, {time, 5}};
  BOOST_REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  struct stat system;
  BOOST_REQUIRE(::stat(path.c_str(), &system) == 0);
  if (system.st_mtim.tv_sec != later)
    return test_support::skip("the file system has no such times");
  random_access_file file(context, path, file_base::read_only);
  const auto check = [](const asiofile::file_status& found) {
    BOOST_CHECK(found.modification_time == asiofile::file_time::max());
    BOOST_CHECK(found.access_time == asiofile::file_time::max());
    BOOST_CHECK(found.change_time < asiofile::file_time::max());
  };
  check(status_of(file).status);
  check(file.status());
  const status_found by_path = run_operation<status_found>(
      context, [&](auto handler) { asiofile::async_status(context, path, handler); });
  BOOST_TEST(!by_path.error);
  check(by_path.status);
}

BOOST_AUTO_TEST_CASE(special_files_have_their_types) {
  random_access_file folder(context, directory.root(), file_base::read_only);
  BOOST_CHECK(status_of(folder).status.type == asiofile::file_type::directory);
  random_access_file zero(context, "/dev/zero", file_base::read_only);
  BOOST_CHECK(status_of(zero).status.type == asiofile::file_type::character_device);
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  random_access_file pipe(context, ends[0]);
  BOOST_CHECK(status_of(pipe).status.type == asiofile::file_type::fifo);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(allocation_reserves_room_and_keeps_the_data) {
  random_access_file file(context, path, file_base::read_write);
  const error_code ec = allocate(file, 8'000, 100'000);
  error_code synchronous;
  file.allocate(0, 1'000, synchronous);
  BOOST_TEST(ec == synchronous);
  if (ec == errc::operation_not_supported) return;  // as the file system reports, for all
  BOOST_TEST(!ec);
  BOOST_TEST(file.size() == 108'000U);
  BOOST_TEST(status_of(file).status.allocated_bytes >= 100'000U);
  std::string memory(10'000, '.');
  file.read_some_at(0, asio::buffer(memory));
  BOOST_CHECK(memory == std::string(10'000, 'x'));
}

BOOST_AUTO_TEST_CASE(a_bad_part_is_an_invalid_argument) {
  if (!test_support::has_linux("fallocate(2)")) return;
  random_access_file file(context, path, file_base::read_write);
  constexpr std::uint64_t too_far = std::uint64_t{1} << 63;
  error_code synchronous;
  BOOST_TEST(allocate(file, 0, 0) == errc::invalid_argument);
  BOOST_TEST(allocate(file, too_far, 1) == errc::invalid_argument);
  BOOST_TEST(allocate(file, too_far - 1, 1) == errc::invalid_argument);
  file.allocate(too_far - 1, 1, synchronous);
  BOOST_TEST(synchronous == errc::invalid_argument);
  BOOST_TEST(advise(file, too_far, 0, file_advice::normal) == errc::invalid_argument);
  file.advise(too_far, 0, file_advice::normal, synchronous);
  BOOST_TEST(synchronous == errc::invalid_argument);
  random_access_file closed(context);
  BOOST_TEST(allocate(closed, 0, 1) == asio::error::bad_descriptor);
  BOOST_TEST(advise(closed, 0, 1, file_advice::normal) == asio::error::bad_descriptor);
  BOOST_TEST(status_of(closed).error == asio::error::bad_descriptor);
  random_access_file reader(context, path, file_base::read_only);
  BOOST_TEST(allocate(reader, 0, 1) == asio::error::bad_descriptor);
}

BOOST_AUTO_TEST_CASE(advice_of_every_kind_is_taken_and_changes_nothing) {
  random_access_file file(context, path, file_base::read_write);
  for (const file_advice each :
       {file_advice::normal, file_advice::sequential, file_advice::random, file_advice::will_need,
        file_advice::dont_need, file_advice::no_reuse}) {
    BOOST_TEST(!advise(file, 0, 0, each));
    BOOST_TEST(!advise(file, 4'096, std::uint64_t{1} << 33, each));
  }
  std::string memory(10'000, '.');
  file.read_some_at(0, asio::buffer(memory));
  BOOST_CHECK(memory == std::string(10'000, 'x'));
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  random_access_file pipe(context, ends[0]);
  BOOST_TEST(advise(pipe, 0, 0, file_advice::normal) == errc::invalid_seek);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(a_priority_goes_with_a_transfer_and_a_bad_one_is_refused) {
  if (!test_support::has_linux("ioprio_set(2)")) return;
  using scheduling = io_priority::scheduling_class;
  random_access_file file(context, path, file_base::read_write);
  std::string memory(100, '.');
  const auto read_with = [&](io_priority priority) {
    return run_transfer(context, [&](auto handler) {
      file.async_read_some_at(0, asio::buffer(memory), priority, std::move(handler));
    });
  };
  for (const scheduling each : {scheduling::none, scheduling::best_effort, scheduling::idle}) {
    BOOST_TEST(read_with({each, 7}).bytes == 100U);
  }
  BOOST_TEST(read_with({scheduling::best_effort, 8}).error == errc::invalid_argument);
  BOOST_TEST(read_with({static_cast<scheduling>(9), 0}).error == errc::invalid_argument);
  const auto realtime = read_with({scheduling::realtime, 0});
  BOOST_TEST(realtime.error ==
             (::geteuid() == 0 ? error_code() : test_support::posix_error(EPERM)));

  error_code ec;
  file.set_priority({scheduling::best_effort, 8}, ec);
  BOOST_TEST(ec == errc::invalid_argument);
  file.set_priority({scheduling::idle, 0});
  BOOST_TEST(run_transfer(context, [&](auto handler) {
               file.async_write_some_at(0, asio::buffer(memory), std::move(handler));
             }).bytes == 100U);
  random_access_file closed(context);
  closed.set_priority({scheduling::idle, 0}, ec);
  BOOST_TEST(ec == asio::error::bad_descriptor);
}

BOOST_AUTO_TEST_CASE(a_ring_with_a_polling_thread_does_the_same) {
  asiofile::service_options options;
  options.submission_polling = true;
  options.ring_size = 2;
  auto& service = asio::make_service<asiofile::file_service>(context, options);
  random_access_file file(context);
  BOOST_TEST(!run_status(context, [&](auto handler) {
    file.async_open(path, file_base::read_write, std::move(handler));
  }));
  if (service.active_backend() == asiofile::backend::io_uring)
    BOOST_TEST(service.why().find("SQPOLL") != std::string::npos);
  std::vector<std::string> memory(500, std::string(20, '.'));
  std::size_t calls = 0;
  for (auto& each : memory)
    file.async_read_some_at(0, asio::buffer(each), [&](error_code ec, std::size_t n) {
      BOOST_TEST(!ec);
      BOOST_TEST(n == 20U);
      ++calls;
    });
  context.restart();
  context.run();
  BOOST_TEST(calls == 500U);
}

BOOST_AUTO_TEST_SUITE_END()
