// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A faulty file system: each failure is reported once and by the right operation, and nothing is
// done that was not requested. On every backend.

#include "available_backends.hpp"
#include "file_contents.hpp"
#include "fuse_file_system.hpp"
#include "in_private_mounts.hpp"
#include "temporary_directory.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::write_and_sync_result;
using boost::system::error_code;
using test_support::child_require;
using test_support::file_system_faults;
using test_support::fuse_file_system;
using test_support::obstacle;
using namespace std::chrono_literals;

namespace {

error_code posix_error(int value) { return {value, boost::system::system_category()}; }

struct trial {
  asio::io_context& context;
  random_access_file& file;
  fuse_file_system& served;

  error_code sync() {
    error_code result = posix_error(ENOSYS);
    file.async_sync_data([&](error_code ec) { result = ec; });
    run();
    return result;
  }
  error_code read(std::uint64_t offset, asio::mutable_buffer into, std::size_t& bytes) {
    error_code result = posix_error(ENOSYS);
    file.async_read_some_at(offset, into, [&](error_code ec, std::size_t n) {
      result = ec;
      bytes = n;
    });
    run();
    return result;
  }
  write_and_sync_result write_and_sync(std::uint64_t offset, const std::string& text) {
    write_and_sync_result result;
    result.write_error = result.sync_error = posix_error(ENOSYS);
    file.async_write_and_sync_data_at(
        offset, asio::buffer(text),
        [&](error_code, const write_and_sync_result& found) { result = found; });
    run();
    return result;
  }
  [[nodiscard]] bool has_ring() const {
    auto& service = asio::use_service<asiofile::file_service>(context);
    return service.active_backend() == asiofile::backend::io_uring;
  }
  void run() {
    context.restart();
    context.run();
  }
};

struct fixture {
  test_support::temporary_directory directory;

  // On each backend a new file system with the faults and a file of 256 KiB in it.
  void check(const file_system_faults& faults, const std::function<void(trial&)>& body,
             file_base::flags extra = {}) {
    test_support::in_private_mounts(directory, [&]() -> obstacle {
      for (const asiofile::backend which : test_support::available_backends()) {
        fuse_file_system served;
        const std::string folder = directory.path(std::string(asiofile::to_string(which)));
        if (obstacle found = served.mount(folder, faults); !found.empty()) return found;
        child_require(::truncate(served.path().c_str(), 256 * 1024) == 0, "truncate");
        asio::io_context context;
        test_support::use_backend(context, which);
        random_access_file file(context, served.path(), file_base::read_write | extra);
        trial tried{context, file, served};
        body(tried);
      }
      return {};
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(faults, fixture)

BOOST_AUTO_TEST_CASE(a_sync_that_fails_is_reported_once_and_not_tried_again) {
  check({.first_sync_error = EIO}, [](trial& tried) {
    child_require(tried.sync() == posix_error(EIO), "the failure is reported");
    child_require(tried.served.log().syncs == 1, "one sync was asked for");
    child_require(!tried.sync(), "the next one is a new one");
    child_require(tried.served.log().syncs == 2, "two were asked for");
  });
}

BOOST_AUTO_TEST_CASE(a_failed_sync_behind_a_write_is_not_tried_again) {
  check({.bypasses_cache = true, .first_sync_error = EIO}, [](trial& tried) {
    const write_and_sync_result found = tried.write_and_sync(0, "record");
    child_require(!found.write_error && found.bytes_transferred == 6, "the write was complete");
    child_require(found.sync_error == posix_error(EIO), "the sync failed");
    child_require(tried.served.log().syncs == 1, "one sync was asked for");
  });
}

BOOST_AUTO_TEST_CASE(a_sync_behind_a_write_begins_when_all_is_written) {
  check({.delay = 30ms, .bypasses_cache = true}, [](trial& tried) {
    const write_and_sync_result found = tried.write_and_sync(0, std::string(8000, 'x'));
    child_require(!found.write_error && !found.sync_error, "success");
    child_require(tried.served.log().syncs == 1, "one sync");
    child_require(tried.served.log().synced_bytes == 8000, "it covers all");
  });
}

BOOST_AUTO_TEST_CASE(a_short_write_goes_on_before_the_sync) {
  const file_system_faults slow{.delay = 30ms, .bypasses_cache = true, .write_bytes_max = 3000};
  check(slow, [](trial& tried) {
    // Except to a blocking call, Linux reports a short write of FUSE as EIO (fs/fuse/file.c,
    // fuse_get_res_by_io()).
    if (tried.has_ring()) return;
    const std::string text = test_support::pattern(1, 0, 8000);
    const write_and_sync_result found = tried.write_and_sync(0, text);
    child_require(!found.write_error && !found.sync_error, "success");
    child_require(found.bytes_transferred == 8000, "short writes go on");
    child_require(tried.served.log().written_bytes == 8000, "each byte is written once");
    child_require(tried.served.log().synced_bytes == 8000, "the last sync covers all");
    child_require(test_support::read_file(tried.served.path()).substr(0, 8000) == text, "content");
  });
}

BOOST_AUTO_TEST_CASE(behind_a_write_that_fails_there_is_no_sync) {
  check({.delay = 30ms, .bypasses_cache = true, .transfer_error = EIO, .bad_byte = 10'000},
        [](trial& tried) {
          const write_and_sync_result found = tried.write_and_sync(9000, std::string(2000, 'x'));
          child_require(found.write_error == posix_error(EIO), "the write fails");
          child_require(found.sync_error == asio::error::operation_aborted, "no sync");
          child_require(tried.served.log().syncs == 0, "none was asked for");
        });
}

BOOST_AUTO_TEST_CASE(a_bad_block_is_an_io_error_and_its_neighbours_are_read) {
  check({.bypasses_cache = true, .transfer_error = EIO, .bad_byte = 100'000}, [](trial& tried) {
    std::string block(4096, '\0');
    std::size_t bytes = 1;
    child_require(tried.read(98'304, asio::buffer(block), bytes) == posix_error(EIO), "EIO");
    child_require(bytes == 0, "nothing");
    child_require(!tried.read(94'208, asio::buffer(block), bytes) && bytes == 4096, "before");
    child_require(!tried.read(102'400, asio::buffer(block), bytes) && bytes == 4096, "after");
  });
}

BOOST_AUTO_TEST_CASE(a_short_transfer_is_no_end_of_file) {
  check({.bypasses_cache = true, .read_bytes_max = 1000}, [](trial& tried) {
    const std::string text = test_support::pattern(2, 0, 50'000);
    error_code written = posix_error(ENOSYS), read = written;
    asio::async_write_at(tried.file, 0, asio::buffer(text),
                         [&](error_code ec, std::size_t) { written = ec; });
    tried.run();
    std::string back(text.size(), '\0');
    asio::async_read_at(tried.file, 0, asio::buffer(back),
                        [&](error_code ec, std::size_t) { read = ec; });
    tried.run();
    child_require(!written && !read, "all of it");
    child_require(back == text, "content");
  });
}

BOOST_AUTO_TEST_CASE(a_read_that_hangs_ends_when_it_is_cancelled) {
  check({.bypasses_cache = true, .reads_hang = true}, [](trial& tried) {
    // Linux does not cancel a request to FUSE that no thread waits for (6.18).
    if (tried.has_ring()) return;
    std::string block(4096, '\0');
    error_code result = posix_error(ENOSYS);
    asio::cancellation_signal signal;
    tried.file.async_read_some_at(
        0, asio::buffer(block),
        asio::bind_cancellation_slot(signal.slot(),
                                     [&](error_code ec, std::size_t) { result = ec; }));
    asio::steady_timer timer(tried.context, 50ms);
    timer.async_wait([&](error_code) { signal.emit(asio::cancellation_type::terminal); });
    tried.run();
    child_require(result == asio::error::operation_aborted, result.message());
    child_require(tried.served.log().interruptions >= 1, "the server was told");
  });
}

BOOST_AUTO_TEST_CASE(when_the_disk_disappears_everything_in_flight_fails) {
  check({.delay = 200ms, .bypasses_cache = true}, [](trial& tried) {
    constexpr std::size_t count = 8;
    std::string blocks(count * 4096, '\0');
    std::size_t failed = 0;
    for (std::size_t i = 0; i != count; ++i) {
      tried.file.async_read_some_at(
          i * 4096, asio::buffer(blocks.data() + i * 4096, 4096),
          [&](error_code ec, std::size_t) { failed += ec ? 1 : 0; });
    }
    asio::steady_timer timer(tried.context, 50ms);
    timer.async_wait([&](error_code) { tried.served.end_server(); });
    tried.run();
    child_require(failed == count, "all fail");
    child_require(bool(tried.sync()), "a sync fails too");
  });
}

BOOST_AUTO_TEST_SUITE_END()
