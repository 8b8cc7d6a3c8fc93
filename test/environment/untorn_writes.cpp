// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Untorn writes on a file system that supports them: xfs since Linux 6.16, without support by the
// drive.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "cut_power.hpp"
#include "file_contents.hpp"
#include "in_private_mounts.hpp"
#include "private_mounts.hpp"
#include "shared_value.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <thread>

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using asiofile::file_base;
using asiofile::random_access_file;
using asiofile::write_flags;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr auto direct = file_base::read_write | file_base::create | file_base::direct;
constexpr std::size_t unit = 64 * 1024;

error_code write(asio::io_context& context, random_access_file& file, std::uint64_t offset,
                 asio::const_buffer what, write_flags how) {
  error_code result;
  std::size_t written = 0;
  file.async_write_some_at(offset, what, how, [&](error_code ec, std::size_t n) {
    result = ec;
    written = n;
  });
  context.restart();
  context.run();
  child_require(written == (result ? 0 : what.size()), "torn");
  return result;
}

// Sizes and offsets that are accepted, and that are refused.
void try_sizes(const std::string& mounted, asiofile::backend which) {
  asio::io_context context;
  use_backend(context, which);
  random_access_file file(context, mounted + "/sizes", direct);
  const auto limits = file.untorn_writes();
  child_require(limits.unit_min <= unit && limits.unit_max >= unit && limits.buffers_max >= 1,
                "limits");
  asiofile::aligned_buffer memory(2 * limits.unit_max, limits.unit_max);
  const auto write_of = [&](std::uint64_t offset, std::size_t size) {
    return write(context, file, offset, asio::buffer(memory.data(), size),
                 write_flags::untorn | write_flags::durable);
  };
  for (std::size_t size = limits.unit_min; size <= unit; size *= 2)
    child_require(!write_of(3 * size, size), "refused: " + std::to_string(size));
  child_require(write_of(0, 3 * limits.unit_min) == errc::invalid_argument, "no power of two");
  child_require(write_of(limits.unit_min, 2 * limits.unit_min) == errc::invalid_argument,
                "not at a multiple");
  child_require(write_of(0, 2 * limits.unit_max) == errc::invalid_argument, "too large");
  error_code ec;
  const std::size_t written =
      file.write_some_at(0, asio::buffer(memory.data(), unit), write_flags::untorn, ec);
  child_require(!ec && written == unit, "synchronous");
}

void write_for_ever(const std::string& path, asiofile::backend which,
                    std::atomic<std::uint32_t>& count) {
  asio::io_context context;
  use_backend(context, which);
  random_access_file file(context, path, direct);
  asiofile::aligned_buffer memory(unit, 4096);
  for (unsigned i = 0;; ++i) {
    std::fill_n(memory.data(), unit, static_cast<std::byte>('a' + i % 26));
    if (write(context, file, 0, asio::buffer(memory.data(), unit), write_flags::untorn)) return;
    ++count;
  }
}

obstacle cut(const std::string& device, const std::string& mounted, asiofile::backend which,
             std::mt19937& random) {
  const std::string path = mounted + "/untorn";
  const shared_value<std::atomic<std::uint32_t>> count;
  write_file(path, std::string(unit, '-'));
  ::sync();
  child_process writer([&] { write_for_ever(path, which, *count); });
  child_require(wait_until([&] { return *count != 0; }), "nothing was written before the cut");
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
  cut_power(mounted);
  const auto ended = writer.wait(std::chrono::seconds(20));
  child_require(ended.succeeded(), "the writer did not end by itself: " + ended.failure);
  child_require(::umount2(mounted.c_str(), 0) == 0, "umount");
  obstacle found = mount_new("xfs", device, mounted);
  if (!found.empty()) return found;
  const std::string left = read_file(path);
  child_require(left.size() == unit && left == std::string(unit, left[0]), "torn by the cut");
  return {};
}

obstacle write_untorn(const temporary_directory& directory) {
  loop_device device;
  const std::string mounted = directory.path("mounted");
  obstacle found = mount_image("xfs", directory.path("image"), mounted, device);
  if (!found.empty()) return found;
  {
    asio::io_context context;
    random_access_file file(context, mounted + "/limits", direct);
    if (file.untorn_writes().unit_max < unit) return "xfs has no untorn writes (Linux 6.16)";
  }
  std::mt19937 random(7);
  for (const asiofile::backend which : available_backends()) {
    try_sizes(mounted, which);
    for (int i = 0; i != 2 && found.empty(); ++i)
      found = cut(device.path(), mounted, which, random);
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(untorn_writes)

BOOST_AUTO_TEST_CASE(a_power_cut_leaves_all_of_an_untorn_write_or_nothing) {
  const watchdog limit(std::chrono::seconds(150));
  const temporary_directory directory;
  in_private_mounts(directory, [&] { return write_untorn(directory); });
}

BOOST_AUTO_TEST_SUITE_END()
