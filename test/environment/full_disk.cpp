// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// A disk that becomes full in the middle of writes, through every backend, buffered and direct: a
// short write, then no_space_on_device; what a sync has covered is there, and when there is room
// again, writes succeed.

#include "available_backends.hpp"
#include "child_process.hpp"
#include "in_private_mounts.hpp"
#include "private_mounts.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::random_access_file;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;
constexpr std::size_t free_bytes = 6 * mebibyte;
constexpr std::size_t block = 64 * 1024;
constexpr std::size_t blocks = 3 * free_bytes / block;
constexpr std::size_t batch = 8;

// Fills a file system except for some room. Does not use the count of statvfs(3), because btrfs
// updates that late.
void fill(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  child_require(fd != -1, "open " + path);
  off_t size = 0;
  for (off_t step = 64 * mebibyte; step >= static_cast<off_t>(block);) {
    if (::fallocate(fd, 0, size, step) == 0)
      size += step;
    else
      step /= 2;
  }
  child_require(size > static_cast<off_t>(2 * free_bytes), "nothing could be filled");
  child_require(::ftruncate(fd, size - static_cast<off_t>(free_bytes)) == 0, "ftruncate");
  child_require(::fsync(fd) == 0, "fsync");
  ::close(fd);
}

// Every eight bytes contain their own offset.
asiofile::aligned_buffer make_data() {
  asiofile::aligned_buffer made(blocks * block);
  for (std::uint64_t at = 0; at != made.size(); at += sizeof at)
    std::memcpy(made.data() + at, &at, sizeof at);
  return made;
}

// A file that is written until the disk is full, and after that.
class filling_file {
 public:
  filling_file(asiofile::backend which, const std::string& path, bool is_direct,
               const asiofile::aligned_buffer& data)
      : file_((use_backend(context_, which), context_)), memory_(data) {
    auto flags = file_base::write_only | file_base::create;
    if (is_direct) flags = flags | file_base::direct;
    error_code ec;
    file_.open(path, flags, ec);
    child_require(!ec, "open: " + ec.message());
  }

  // Writes some blocks at a time, and a sync after them. Returns how many bytes from the file's
  // beginning are durable.
  std::size_t write_until_full() {
    std::size_t durable = 0;
    for (std::size_t first = 0; first != blocks && !is_full_; first += batch) {
      std::size_t whole = 0;
      for (std::size_t i = first; i != first + batch; ++i) write(i, whole);
      run();
      error_code synced = sync();
      child_require(!synced || synced.value() == ENOSPC, "sync: " + synced.message());
      if (!synced && whole == batch) durable = (first + batch) * block;
    }
    child_require(is_full_, "the disk did not become full");
    return durable;
  }

  // Starts all writes together: they write as much as there is room for, and the rest report the
  // error.
  void write_all_and_sync() {
    error_code error;
    asiofile::write_and_sync_result result;
    file_.async_write_and_sync_data_at(0, asio::buffer(memory_), [&](error_code ec, auto got) {
      error = ec;
      result = got;
    });
    run();
    child_require(error.value() == ENOSPC && result.write_error == error,
                  "a chain on a full disk: " + error.message());
    child_require(result.sync_error == asio::error::operation_aborted, "the sync was run");
    child_require(result.bytes_transferred < memory_.size(), "the chain says that all is written");
    written_ = result.bytes_transferred;
  }

  [[nodiscard]] std::size_t written() const noexcept { return written_; }

  void expect_room() {
    std::size_t whole = 0;
    is_full_ = false;
    write(0, whole);
    run();
    child_require(whole == 1 && !sync(), "no room although there is");
  }

 private:
  void write(std::size_t index, std::size_t& whole) {
    file_.async_write_some_at(index * block, asio::buffer(memory_.data() + index * block, block),
                              [&](error_code ec, std::size_t n) {
                                child_require(!ec || (ec.value() == ENOSPC && n == 0),
                                              "write: " + ec.message());
                                child_require(ec || (n > 0 && n <= block), "write: wrong count");
                                if (ec) is_full_ = true;
                                if (n == block) ++whole;
                              });
  }

  error_code sync() {
    error_code result = asio::error::operation_aborted;
    file_.async_sync_data([&](error_code ec) { result = ec; });
    run();
    return result;
  }

  void run() {
    context_.restart();
    context_.run();
  }

  asio::io_context context_;
  random_access_file file_;
  const asiofile::aligned_buffer& memory_;
  bool is_full_ = false;
  std::size_t written_ = 0;
};

void check_content(const std::string& path, std::size_t bytes,
                   const asiofile::aligned_buffer& data) {
  std::string found(bytes, '.');
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  child_require(fd != -1 && ::read(fd, found.data(), bytes) == static_cast<ssize_t>(bytes),
                "the file ends before what was written");
  ::close(fd);
  child_require(std::memcmp(found.data(), data.data(), bytes) == 0, "other bytes");
}

// `remount` drops everything that is not on the disk.
void check_backend(asiofile::backend which, bool is_direct, const std::string& mounted,
                   const asiofile::aligned_buffer& data, const std::function<void()>& remount) {
  const std::string path = mounted + "/file";
  std::size_t durable = 0;
  {
    filling_file file(which, path, is_direct, data);
    durable = file.write_until_full();
  }
  child_require(durable >= free_bytes / 4, "hardly anything was durable");
  remount();
  check_content(path, durable, data);
  ::unlink(path.c_str());
  ::sync();
  std::size_t written = 0;
  {
    filling_file file(which, path, is_direct, data);
    file.write_all_and_sync();
    written = file.written();
    check_content(path, written, data);
    child_require(::truncate(path.c_str(), 0) == 0, "truncate");
    ::sync();
    file.expect_room();
  }
  ::unlink(path.c_str());
  ::sync();
}

obstacle fill_and_check(const std::string& type, const temporary_directory& directory) {
  const std::string mounted = directory.path("mounted");
  loop_device device;
  std::function<void()> remount = [] {};
  if (type == "tmpfs") {
    ::mkdir(mounted.c_str(), 0700);
    if (::mount("none", mounted.c_str(), "tmpfs", 0, "size=20m") == -1)
      return errno_obstacle("mount -t tmpfs");
  } else {
    const obstacle found = mount_image(type, directory.path("image"), mounted, device);
    if (!found.empty()) return found;
    remount = [&] {
      child_require(::umount2(mounted.c_str(), 0) == 0, "umount");
      const obstacle again = mount_new(type.c_str(), device.path(), mounted);
      child_require(again.empty(), again);
    };
  }
  fill(mounted + "/filling");
  const asiofile::aligned_buffer data = make_data();
  for (const asiofile::backend which : available_backends()) {
    for (const bool is_direct : {false, true})
      check_backend(which, is_direct, mounted, data, remount);
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_DATA_TEST_CASE(writes_are_short_then_refused_and_nothing_durable_is_lost,
                     boost::unit_test::data::make({"tmpfs", "ext4", "xfs", "btrfs"})) {
  const watchdog limit(std::chrono::seconds(150));
  const temporary_directory directory;
  const std::string type = sample;
  in_private_mounts(directory, [&] { return fill_and_check(type, directory); });
}

BOOST_AUTO_TEST_SUITE_END()
