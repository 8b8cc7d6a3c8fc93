// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// However slow the device is, initiating an operation and the dispatch pass that submits it take no
// time: the kernel or a thread waits. On every backend.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "fuse_file_system.hpp"
#include "in_private_mounts.hpp"
#include "private_mounts.hpp"
#include "sanitizers.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "throttled_group.hpp"
#include "wait_until.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using test_support::child_require;
using test_support::obstacle;

namespace {

using clock_type = std::chrono::steady_clock;
using microseconds = std::chrono::microseconds;

constexpr std::size_t operations = 3;
constexpr std::uint64_t spacing_bytes = 1'024 * 1'024;
constexpr std::uint64_t file_bytes = 2 * operations * spacing_bytes;

// The median, so that a moment on a busy machine does not count.
constexpr microseconds initiation_max(test_support::normally_or_sanitized(1'000, 5'000));
// Any of them: less than the device takes for one, and far more than the machine needs.
constexpr microseconds longest_max(90'000);
// The minimum for all operations together; otherwise the device was not slow.
constexpr microseconds device_min(200'000);

struct timing {
  microseconds initiating{};  // the initiating function and the context's pass, median
  microseconds longest{};
  microseconds until_done{};  // all of them
  std::size_t failed = 0;
};

using operation_function =
    std::function<void(random_access_file&, std::size_t, std::function<void(error_code)>)>;

// Starts one operation after the other, then waits for all.
timing measure(asio::io_context& context, random_access_file& file,
               const operation_function& start) {
  timing found;
  std::vector<microseconds> taken;
  const auto elapsed_since = [](clock_type::time_point began) {
    return std::chrono::duration_cast<microseconds>(clock_type::now() - began);
  };
  context.restart();
  // An operation that completes immediately must not stop the context.
  auto work = asio::make_work_guard(context);
  const auto began = clock_type::now();
  for (std::size_t i = 0; i != operations; ++i) {
    const auto initiated = clock_type::now();
    start(file, i, [&](error_code ec) { found.failed += ec ? 1 : 0; });
    context.poll();
    taken.push_back(elapsed_since(initiated));
  }
  work.reset();
  context.run();
  found.until_done = elapsed_since(began);
  std::sort(taken.begin(), taken.end());
  found.initiating = taken[operations / 2];
  found.longest = taken.back();
  return found;
}

// A file whose pages are not in memory.
void forget_cached_pages(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  child_require(fd != -1, "open " + path);
  ::fdatasync(fd);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  ::close(fd);
}

void require_no_wait(const timing& found, const std::string& what) {
  const auto text = [](microseconds time) { return std::to_string(time.count()) + " us"; };
  const std::string all = what + ": initiating took " + text(found.initiating) + ", at most " +
                          text(found.longest) + ", the operations " + text(found.until_done);
  child_require(found.failed == 0, all + ", and some failed");
  child_require(found.until_done >= device_min, all + ": the device is not slow");
  child_require(found.initiating < initiation_max && found.longest < longest_max, all);
}

// Reads, writes and synchronised writes, on each backend.
void check_all_backends(const std::string& path, file_base::flags extra) {
  asiofile::aligned_buffer memory(operations * 4'096);
  const auto page = [&](std::size_t i) {
    return asio::buffer(asio::buffer(memory) + i * 4'096, 4'096);
  };
  const operation_function read = [&](auto& file, std::size_t i, auto handler) {
    file.async_read_some_at(i * spacing_bytes, page(i),
                            [=](error_code ec, std::size_t) { handler(ec); });
  };
  const operation_function write = [&](auto& file, std::size_t i, auto handler) {
    file.async_write_some_at((operations + i) * spacing_bytes, page(i),
                             [=](error_code ec, std::size_t) { handler(ec); });
  };
  // The page must be read first.
  const operation_function write_within_a_page = [&](auto& file, std::size_t i, auto handler) {
    file.async_write_some_at(i * spacing_bytes + 10, asio::buffer(page(i), 100),
                             [=](error_code ec, std::size_t) { handler(ec); });
  };
  for (const asiofile::backend which : test_support::available_backends()) {
    const std::string name(asiofile::to_string(which));
    asio::io_context context;
    test_support::use_backend(context, which);
    const auto with_file = [&](file_base::flags flags, const operation_function& start,
                               const std::string& what) {
      forget_cached_pages(path);
      random_access_file file(context, path, file_base::read_write | extra | flags);
      require_no_wait(measure(context, file, start), name + ", " + what);
    };
    with_file({}, read, "reads");
    if (extra == file_base::flags{}) with_file({}, write_within_a_page, "writes");
    with_file(file_base::sync_all_on_write, write, "synchronised writes");
  }
}

struct fixture {
  test_support::temporary_directory directory;

  void check_fuse(file_base::flags extra) {
    test_support::in_private_mounts(directory, [&]() -> obstacle {
      test_support::fuse_file_system slow;
      const obstacle found = slow.mount(directory.path("mounted"), std::chrono::milliseconds(300));
      if (!found.empty()) return found;
      child_require(::truncate(slow.path().c_str(), file_bytes) == 0, "truncate");
      check_all_backends(slow.path(), extra);
      return {};
    });
  }

  void check_throttled(file_base::flags extra) {
    constexpr unsigned operations_per_second = 10;
    test_support::throttled_group group;
    const obstacle why = group.make();
    if (!why.empty()) return test_support::skip(why);
    test_support::in_private_mounts(directory, [&]() -> obstacle {
      test_support::loop_device device;
      const std::string mounted = directory.path("mounted");
      obstacle found =
          test_support::mount_image("ext4", directory.path("image"), mounted, device);
      if (!found.empty()) return found;
      const std::string path = mounted + "/file";
      std::ofstream(path) << std::string(file_bytes, 'f');
      forget_cached_pages(path);
      if (!(found = group.limit(device.path(), operations_per_second)).empty()) return found;
      if (!(found = group.join()).empty()) return found;
      check_all_backends(path, extra);
      return {};
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(slow_device, fixture)

BOOST_AUTO_TEST_CASE(a_buffered_file_on_a_slow_fuse_never_blocks_the_caller) { check_fuse({}); }

BOOST_AUTO_TEST_CASE(a_direct_file_on_a_slow_fuse_never_blocks_the_caller) {
  check_fuse(file_base::direct);
}

BOOST_AUTO_TEST_CASE(a_buffered_file_on_a_throttled_device_never_blocks_the_caller) {
  check_throttled({});
}

BOOST_AUTO_TEST_CASE(a_direct_file_on_a_throttled_device_never_blocks_the_caller) {
  check_throttled(file_base::direct);
}

BOOST_AUTO_TEST_SUITE_END()
