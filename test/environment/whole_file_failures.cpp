// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Whole files, replacements and copies if the disk is full or permissions are missing: a clear
// error, the old content is intact, and no temporary file is left.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "private_mounts.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/copy_file.hpp>
#include <asiofile/replace_file.hpp>
#include <asiofile/whole_file.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace asio = boost::asio;
using asiofile::copy_options;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::uint64_t free_bytes = 6 * mebibyte;
constexpr std::size_t large_bytes = 30 * mebibyte;

struct counted {
  int error = 0;
  std::uint64_t bytes = 0;
};

counted write(const std::string& path, const std::string& text) {
  asio::io_context context;
  counted result;
  asiofile::async_write_file(context, path, asio::buffer(text), [&](error_code ec, std::size_t n) {
    result = {ec.value(), n};
  });
  context.run();
  return result;
}

int replace(const std::string& path, const std::string& text) {
  asio::io_context context;
  int error = -1;
  asiofile::async_replace_file(context, path, asio::buffer(text),
                               [&](error_code ec) { error = ec.value(); });
  context.run();
  return error;
}

int copy(const std::string& from, const std::string& to, bool reports = false) {
  asio::io_context context;
  copy_options options;
  options.existing = copy_options::existing_target::replace;
  if (reports) options.progress = [](std::uint64_t, std::uint64_t) {};
  int error = -1;
  asiofile::async_copy_file(context, from, to, options,
                            [&](error_code ec, std::uint64_t) { error = ec.value(); });
  context.run();
  return error;
}

int read(const std::string& path) {
  asio::io_context context;
  int error = -1;
  asiofile::async_read_file(context, path,
                            [&](error_code ec, const std::string&) { error = ec.value(); });
  context.run();
  return error;
}

std::ptrdiff_t names_in(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

// Runs `body` in a child; it returns why it could not run.
void in_child(const temporary_directory& directory, const std::function<obstacle()>& body) {
  const watchdog limit(std::chrono::seconds(60));
  const std::string report = directory.path("obstacle");
  const auto child =
      child_process([&] { std::ofstream(report) << body(); }).wait(std::chrono::seconds(50));
  BOOST_TEST(child.succeeded(), child);
  std::string why;
  std::getline(std::ifstream(report), why);
  if (!why.empty()) skip(why);
}

// ---- full disks

// Fills a file system except for some room, with a file that can only be copied as a whole. Does
// not use the count of statvfs(3), because btrfs updates that late and reserves much.
void fill(const std::string& mounted) {
  const std::string data(mebibyte, 'f');
  const int fd = ::open((mounted + "/filling").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  child_require(fd != -1, "open");
  while (::write(fd, data.data(), data.size()) > 0) continue;
  child_require(errno == ENOSPC, "write");
  const off_t size = ::lseek(fd, 0, SEEK_END);
  child_require(::ftruncate(fd, size - static_cast<off_t>(free_bytes)) == 0, "ftruncate");
  child_require(::fsync(fd) == 0, "fsync");
  ::close(fd);
}

// `is_shared`: copies within the file system take no room (reflink).
void check_full_disk(const std::string& mounted, const std::string& elsewhere, bool is_shared) {
  const std::string path = mounted + "/file";
  const std::string large(large_bytes, 'l');
  write_file(path, "old");
  write_file(elsewhere, large);
  const std::ptrdiff_t names = names_in(mounted);
  const auto is_as_it_was = [&](const std::string& what) {
    child_require(read_file(path) == "old", what + ": the original has changed");
    child_require(names_in(mounted) == names, what + ": a file is left");
  };
  child_require(replace(path, large) == ENOSPC, "replace");
  is_as_it_was("replace");
  child_require(replace(mounted + "/new", large) == ENOSPC, "replace a new one");
  is_as_it_was("replace a new one");
  child_require(copy(elsewhere, path) == ENOSPC, "copy");
  is_as_it_was("copy");
  child_require(copy(elsewhere, mounted + "/new", true) == ENOSPC, "copy with progress");
  is_as_it_was("copy with progress");
  if (!is_shared) {
    child_require(copy(mounted + "/filling", mounted + "/new") == ENOSPC, "copy within");
    is_as_it_was("copy within");
  }
  const counted written = write(path, large);
  child_require(written.error == ENOSPC && written.bytes < large_bytes, "write");
  // All room was free again: failed operations leave no unnamed files either.
  child_require(is_shared || written.bytes > free_bytes / 2, "write: room is lost");
  child_require(std::filesystem::file_size(path) == written.bytes, "write: the file's size");
}

obstacle fill_and_check(const std::string& type, const temporary_directory& directory) {
  const std::string mounted = directory.path("mounted");
  obstacle found = enter_private_mounts();
  if (!found.empty()) return found;
  loop_device device;
  if (type == "tmpfs") {
    ::mkdir(mounted.c_str(), 0700);
    if (::mount("none", mounted.c_str(), "tmpfs", 0, "size=20m") == -1)
      return errno_obstacle("mount -t tmpfs");
  } else {
    found = mount_image(type, directory.path("image"), mounted, device);
    if (!found.empty()) return found;
  }
  const bool is_shared = type == "xfs" || type == "btrfs";
  fill(mounted);
  check_full_disk(mounted, directory.path("elsewhere"), is_shared);
  std::filesystem::remove(mounted + "/file");
  // Files have temporary names if an unnamed one could not be given a name.
  child_require(::umount2("/proc", MNT_DETACH) == 0, "umount /proc");
  check_full_disk(mounted, directory.path("elsewhere"), is_shared);
  return {};
}

// ---- permissions

// In a folder that the user need not be able to reach, because paths are relative from here on.
void become_nobody(const std::string& folder) {
  constexpr uid_t nobody = 65534;
  child_require(::chdir(folder.c_str()) == 0, "chdir");
  child_require(::setgroups(0, nullptr) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0,
                "setuid");
}

std::string make_folder(const std::string& path, mode_t mode) {
  std::filesystem::create_directory(path);
  ::chmod(path.c_str(), mode);
  return path;
}

std::string make_file(const std::string& path, mode_t mode) {
  write_file(path, "old");
  ::chmod(path.c_str(), mode);
  return path;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(whole_file_failures)

BOOST_DATA_TEST_CASE(a_full_disk_is_reported_and_leaves_no_trace,
                     boost::unit_test::data::make({"tmpfs", "ext4", "xfs", "btrfs"})) {
  const temporary_directory directory;
  const std::string type = sample;
  in_child(directory, [&] { return fill_and_check(type, directory); });
}

BOOST_AUTO_TEST_CASE(missing_permissions_are_reported_and_leave_no_trace) {
  if (::geteuid() != 0) return skip("only root can become another user");
  const temporary_directory directory;
  ::chmod(directory.root().c_str(), 0755);
  const std::string closed = make_folder(directory.path("closed"), 0755);
  const std::string open = make_folder(directory.path("open"), 0777);
  make_file(closed + "/file", 0666);
  make_file(open + "/unwritable", 0644);
  make_file(open + "/unreadable", 0600);
  in_child(directory, [&]() -> obstacle {
    become_nobody(directory.root());
    child_require(read("open/unreadable") == EACCES, "read");
    child_require(write("open/unwritable", "new").error == EACCES, "write");
    child_require(replace("open/unwritable", "new") == EACCES, "replace an unwritable file");
    child_require(replace("closed/file", "new") == EACCES, "replace in an unwritable directory");
    child_require(replace("closed/new", "new") == EACCES, "replace a new one there");
    child_require(copy("open/unreadable", "open/new") == EACCES, "copy an unreadable file");
    child_require(copy("open/unwritable", "closed/file") == EACCES, "copy to such a directory");
    child_require(copy("closed/file", "open/unwritable") == EACCES, "copy to an unwritable file");
    return {};
  });
  BOOST_TEST(names_in(open) == 2);
  BOOST_TEST(names_in(closed) == 1);
  BOOST_TEST(read_file(closed + "/file") == "old");
  BOOST_TEST(read_file(open + "/unwritable") == "old");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_given_to_its_owner_gives_nobody_more) {
  if (::geteuid() != 0) return skip("only root can become another user");
  const temporary_directory directory;
  ::chmod(directory.root().c_str(), 0755);
  // For writing and entering, not for listing.
  const std::string folder = make_folder(directory.path("folder"), 0733);
  make_file(folder + "/file", 06676);
  in_child(directory, [&]() -> obstacle {
    become_nobody(directory.root());
    const int error = replace("folder/file", "new");
    child_require(error == 0, "replace: " + std::to_string(error));
    struct stat found {};
    child_require(::stat("folder/file", &found) == 0 && found.st_uid == 65534, "the owner");
    child_require((found.st_mode & 07777) == 0666, "the mode");
    return {};
  });
  BOOST_TEST(names_in(folder) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
