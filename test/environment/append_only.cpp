// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Directories from which names cannot be removed (chattr +a), and sticky ones, where only the owner
// may remove a file: an operation that cannot be completed there is not begun, or leaves nothing
// behind.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "temporary_directory.hpp"
#include "users_rights.hpp"
#include "watchdog.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::rename_mode;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr int unnamed_flag = O_TMPFILE & ~O_DIRECTORY;

// Whether the file system has such a flag.
bool set_append_only(const std::string& directory, bool on) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int flags = 0;
  bool is_set = ::ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
  flags = on ? flags | FS_APPEND_FL : flags & ~FS_APPEND_FL;
  is_set = is_set && ::ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
  ::close(fd);
  return is_set;
}

template <typename Start>
int run(Start&& start) {
  asio::io_context context;
  int error = -1;
  start(context, [&](error_code ec, auto...) { error = ec.value(); });
  context.run();
  return error;
}

int replace(const std::string& path) {
  return run([&](auto& context, auto handler) {
    asiofile::async_replace_file(context, path, asio::buffer("new", 3), handler);
  });
}

int copy(const std::string& path) {
  asiofile::copy_options options;
  options.existing = asiofile::copy_options::existing_target::replace;
  return run([&](auto& context, auto handler) {
    asiofile::async_copy_file(context, "source", path, options, handler);
  });
}

int rename_to_new(const std::string& from, const std::string& to) {
  return run([&](auto& context, auto handler) {
    asiofile::async_rename(context, from, to, rename_mode::no_replace, handler);
  });
}

int open_temporary(const std::string& path) {
  asio::io_context context;
  asiofile::random_access_file file(context);
  error_code result;
  file.open(path, file_base::read_write | file_base::temporary, result);
  return result.value();
}

struct fixture {
  watchdog time_limit{std::chrono::seconds(120)};
  temporary_directory directory;
  const std::string folder = directory.path("folder");

  ~fixture() { set_append_only(folder, false); }

  // In a child, in the test's directory, with a folder that is append-only and holds a file and a
  // directory: `act` must leave these, and the names that it is expected to leave.
  void in_append_only(const std::string& what, const std::function<void()>& refuse,
                      const std::function<void()>& act, int names_more) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder + "/directory");
    write_file(folder + "/file", "old");
    write_file(directory.path("source"), "new");
    if (!set_append_only(folder, true)) return;
    const auto ended = child_process([&] {
                         child_require(::chdir(directory.root().c_str()) == 0, "chdir");
                         refuse();
                         act();
                         child_require(read_file("folder/file") == "old", "content");
                       }).wait();
    BOOST_TEST(ended.succeeded(), what << ": " << ended);
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder), {}) == 2 + names_more,
               what);
    set_append_only(folder, false);
  }

  [[nodiscard]] bool is_skipped() {
    std::string why = not_root_reason();
    std::filesystem::create_directory(folder);
    if (why.empty() && !set_append_only(folder, true))
      why = "the file system has no append-only directories";
    set_append_only(folder, false);
    if (!why.empty()) skip(why);
    return !why.empty();
  }
};

using refusal = std::pair<const char*, std::function<void()>>;

// The ways in which the library can find out about the directory, and make the file.
std::vector<refusal> refusals() {
  std::vector<refusal> all{{"all calls", [] {}}};
  if (!no_seccomp_reason().empty()) return all;
  all.emplace_back("no statx", [] { refuse_calls({SYS_statx}, EPERM); });
  all.emplace_back("no unnamed files", [] { refuse_open_flags(unnamed_flag, EOPNOTSUPP); });
  all.emplace_back("neither", [] {
    refuse_open_flags(unnamed_flag, EISDIR);
    refuse_calls({SYS_statx}, ENOSYS);
  });
  return all;
}

bool has_unnamed(const refusal& which) {
  return std::strcmp(which.first, "all calls") == 0 || std::strcmp(which.first, "no statx") == 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(append_only_directories, fixture)

BOOST_AUTO_TEST_CASE(keep_their_files_and_get_no_others) {
  if (is_skipped()) return;
  for (const refusal& each : refusals()) {
    in_append_only(
        each.first, each.second,
        [] {
          child_require(replace("folder/file") == EPERM, "replace");
          child_require(copy("folder/file") == EPERM, "copy");
        },
        0);
  }
}

BOOST_AUTO_TEST_CASE(get_new_files_where_these_need_no_other_name_before) {
  if (is_skipped()) return;
  for (const refusal& each : refusals()) {
    const int expected = has_unnamed(each) ? 0 : EPERM;
    in_append_only(
        each.first, each.second,
        [&] {
          child_require(replace("folder/replaced") == expected, "replace");
          child_require(copy("folder/copied") == expected, "copy");
        },
        expected == 0 ? 2 : 0);
  }
}

BOOST_AUTO_TEST_CASE(keep_no_temporary_files) {
  if (is_skipped()) return;
  for (const refusal& each : refusals()) {
    in_append_only(
        each.first, each.second,
        [&] {
          child_require(open_temporary("folder") == (has_unnamed(each) ? 0 : EPERM), "in it");
          child_require(open_temporary("folder/temporary") == EPERM, "of a name");
        },
        0);
  }
}

BOOST_AUTO_TEST_CASE(keep_one_name_for_what_is_renamed) {
  if (is_skipped()) return;
  std::vector<refusal> all{{"all calls", [] {}}};
  if (no_seccomp_reason().empty()) {
    all.emplace_back("no renameat2", [] { refuse_calls({SYS_renameat2}, ENOSYS); });
    all.emplace_back("no renameat2, EPERM", [] { refuse_calls({SYS_renameat2}, EPERM); });
  }
  for (const refusal& each : all) {
    in_append_only(
        each.first, each.second,
        [] {
          child_require(rename_to_new("folder/file", "folder/renamed") == EPERM, "a file");
          child_require(rename_to_new("folder/file", "renamed") == EPERM, "a file, out of it");
          child_require(!std::filesystem::exists("renamed"), "left something");
          child_require(rename_to_new("folder/directory", "folder/renamed") == EPERM,
                        "a directory");
          child_require(rename_to_new("folder/directory", "renamed") == EPERM,
                        "a directory, out of it");
          child_require(!std::filesystem::exists("renamed"), "left a directory");
        },
        0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sticky_directories, fixture)

// A process that may give a file to another user, but not remove it afterwards.
BOOST_AUTO_TEST_CASE(keep_no_temporary_file_that_was_given_away) {
  if (const auto why = not_root_reason(); !why.empty()) return skip(why);
  constexpr uid_t owner = 4001;
  constexpr uid_t replacer = 4003;
  std::filesystem::create_directory(folder);
  BOOST_TEST(::chmod(folder.c_str(), 01777) == 0);
  BOOST_TEST(::chown(folder.c_str(), owner, owner) == 0);
  write_file(folder + "/file", "old");
  BOOST_TEST(::chmod((folder + "/file").c_str(), 0666) == 0);
  BOOST_TEST(::chown((folder + "/file").c_str(), owner, owner) == 0);
  write_file(directory.path("source"), "new");
  BOOST_TEST(::chmod(directory.path("source").c_str(), 0644) == 0);
  for (const bool is_unnamed : {true, false}) {
    const auto ended = child_process([&] {
                         child_require(::chdir(directory.root().c_str()) == 0, "chdir");
                         child_require(::chmod(".", 0755) == 0, "chmod");
                         become_user(replacer, replacer, {}, 1U << CAP_CHOWN);
                         if (!is_unnamed) refuse_open_flags(unnamed_flag, EOPNOTSUPP);
                         child_require(replace("folder/file") == EPERM, "replace");
                         child_require(copy("folder/file") == EPERM, "copy");
                         child_require(read_file("folder/file") == "old", "content");
                       }).wait();
    BOOST_TEST(ended.succeeded(), ended);
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
    if (!no_seccomp_reason().empty()) break;
  }
}

BOOST_AUTO_TEST_SUITE_END()
