// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Opening, without waiting, only what the kernel has in its caches.

#include "system/cached_open.hpp"

#include "cached_opens.hpp"
#include "fifo.hpp"
#include "file_contents.hpp"
#include "service/recent_files.hpp"
#include "system/file_look.hpp"
#include "system/owned_fd.hpp"
#include "system/status_conversion.hpp"
#include "temporary_directory.hpp"

#include <asiofile/file_base.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>

using namespace asiofile::detail;
using asiofile::file_base;
using asiofile::file_status;

namespace {

struct fixture {
  // Its file system has been looked at, and its names are in the kernel's caches.
  fixture() {
    test_support::write_file(path, "content");
    const owned_fd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    static_cast<void>(look_at_file(*kernel_calls(), opened.get(), 0));
  }

  owned_fd open(const cached_open& what) {
    result = open_cached(what, facts, &status);
    return {kernel_calls(), result};
  }

  test_support::temporary_directory directory;
  const std::string path = directory.path("file");
  std::int64_t result = 0;
  file_facts facts;
  file_status status;
};

// How often something was opened; opens with O_PATH do not count.
class open_count {
 public:
  explicit open_count(const std::string& path) : notify_(::inotify_init1(IN_NONBLOCK)) {
    BOOST_REQUIRE(::inotify_add_watch(notify_.get(), path.c_str(), IN_OPEN) != -1);
  }
  [[nodiscard]] bool is_zero() const {
    char events[4096];
    return ::read(notify_.get(), events, sizeof events) == -1;
  }

 private:
  owned_fd notify_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cached_opens, fixture)

BOOST_AUTO_TEST_CASE(a_regular_file_is_open_and_known_as_if_it_had_been_looked_at) {
  if (!test_support::has_cached_opens()) return;
  for (const int flags : {O_RDONLY, O_WRONLY | O_APPEND, O_RDWR | O_DSYNC, O_RDWR | O_NONBLOCK}) {
    BOOST_TEST_CONTEXT("flags " << flags) {
      const owned_fd file = open({AT_FDCWD, path.c_str(), flags});
      BOOST_REQUIRE(file.is_open());
      const file_facts looked = look_at_file(*kernel_calls(), file.get(), flags);
      BOOST_TEST(facts.fd == looked.fd);
      BOOST_TEST(facts.system == looked.system);
      constexpr int known = O_ACCMODE | O_APPEND | O_SYNC | O_NONBLOCK;
      BOOST_TEST((facts.status_flags & known) == (looked.status_flags & known));
      BOOST_TEST(facts.size_when_looked_at == 7U);
      BOOST_TEST(bool(facts.is_local));
      BOOST_TEST(bool(facts.is_in_memory) == bool(looked.is_in_memory));
      BOOST_TEST(bool(facts.is_storage));
      BOOST_TEST(!facts.is_stream);
      BOOST_TEST(!facts.is_direct);
      BOOST_TEST(bool(facts.takes_nowait));
      BOOST_TEST((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
      struct stat found;
      BOOST_REQUIRE(::fstat(file.get(), &found) == 0);
      BOOST_TEST(status.inode == found.st_ino);
      BOOST_TEST(status.size == 7U);
      BOOST_TEST((status.modification_time == status_from(found).modification_time));
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_else_is_opened_even_for_a_moment) {
  if (!test_support::has_cached_opens()) return;
  const std::string fifo = test_support::make_fifo(directory.path("fifo"));
  std::filesystem::create_directory(directory.path("directory"));
  BOOST_REQUIRE(::mknod(directory.path("device").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0 ||
                errno == EPERM);
  for (const char* const name : {"fifo", "directory", "device"}) {
    const std::string each = directory.path(name);
    if (!std::filesystem::exists(each)) continue;
    const open_count opens(each);
    for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR}) {
      BOOST_TEST(!open({AT_FDCWD, each.c_str(), flags}));
      BOOST_TEST(result == -EAGAIN);
    }
    BOOST_TEST(opens.is_zero(), each);
  }
  BOOST_TEST(!open({AT_FDCWD, directory.path("missing").c_str(), O_RDONLY}));
  BOOST_TEST(!open({AT_FDCWD, "/proc/self/status", O_RDONLY}));
}

// A path that was a file's a moment ago, and is not any more.
BOOST_AUTO_TEST_CASE(what_has_taken_the_name_is_not_returned) {
  if (!test_support::has_cached_opens()) return;
  const std::string fifo = test_support::make_fifo(directory.path("fifo"));
  BOOST_TEST(!open({.base = AT_FDCWD, .path = fifo.c_str(), .open_flags = O_RDONLY,
                    .was_regular = true}));
  BOOST_TEST(result == -EAGAIN);
  BOOST_TEST(open({.base = AT_FDCWD, .path = path.c_str(), .open_flags = O_RDONLY,
                   .was_regular = true}).is_open());
}

BOOST_AUTO_TEST_CASE(links_are_followed_where_they_are_to_be) {
  if (!test_support::has_cached_opens()) return;
  const std::string link = directory.path("link");
  std::filesystem::create_symlink("file", link);
  BOOST_TEST(open({AT_FDCWD, link.c_str(), O_RDONLY}).is_open());
  BOOST_TEST(!open({AT_FDCWD, link.c_str(), O_RDONLY | O_NOFOLLOW}));
  BOOST_TEST(open({AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW}).is_open());
}

BOOST_AUTO_TEST_CASE(nothing_leads_out_of_a_directory) {
  if (!test_support::has_cached_opens()) return;
  std::filesystem::create_directory(directory.path("root"));
  test_support::write_file(directory.path("root/inner"), "content");
  std::filesystem::create_symlink("../file", directory.path("root/out"));
  std::filesystem::create_symlink("inner", directory.path("root/in"));
  const owned_fd root(::open(directory.path("root").c_str(), O_RDONLY | O_DIRECTORY));
  const auto is_open = [&](const char* name) {
    return open({.base = root.get(), .path = name, .open_flags = O_RDONLY, .is_beneath = true})
        .is_open();
  };
  for (const char* const inside : {"inner", "in", "./inner"}) BOOST_TEST(is_open(inside), inside);
  for (const char* const outside : {"out", "../file", "../root/inner", "/proc/self/exe"})
    BOOST_TEST(!is_open(outside), outside);
}

// It would wait for the holder of the lease.
BOOST_AUTO_TEST_CASE(a_leased_file_is_left_to_a_worker) {
  if (!test_support::has_cached_opens()) return;
  const owned_fd holder(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  ::signal(SIGIO, SIG_IGN);
  BOOST_REQUIRE(::fcntl(holder.get(), F_SETLEASE, F_WRLCK) == 0);
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(!open({AT_FDCWD, path.c_str(), O_RDONLY}));
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(5)));
  BOOST_REQUIRE(::fcntl(holder.get(), F_SETLEASE, F_UNLCK) == 0);
  ::signal(SIGIO, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(what_has_other_effects_is_a_workers) {
  for (const file_base::flags without : {file_base::read_only, file_base::write_only,
                                         file_base::read_write | file_base::append,
                                         file_base::read_only | file_base::regular_only})
    BOOST_TEST(can_open_cached(static_cast<int>(without)));
  for (const file_base::flags with : {file_base::create, file_base::exclusive, file_base::truncate,
                                      file_base::temporary})
    BOOST_TEST(!can_open_cached(static_cast<int>(file_base::read_write | with)));
  BOOST_TEST(!can_open_cached(O_RDONLY | O_DIRECTORY));
}

BOOST_AUTO_TEST_CASE(a_path_is_remembered_for_a_second) {
  recent_files recent;
  const recent_files::clock::time_point now(std::chrono::hours(100));
  BOOST_TEST(!recent.has("a", now));
  BOOST_TEST(!recent.has("", now));
  recent.note("a", now);
  BOOST_TEST(recent.has("a", now));
  BOOST_TEST(recent.has("a", now + std::chrono::milliseconds(999)));
  BOOST_TEST(!recent.has("a", now + std::chrono::milliseconds(1000)));
  BOOST_TEST(!recent.has("b", now));
  BOOST_TEST(!recent_files().has("a", recent_files::clock::time_point()));
}

BOOST_AUTO_TEST_SUITE_END()
