// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Opening beneath a directory without openat2(2): the walk gives what the kernel gives.

#include "system/beneath_walk.hpp"

#include "beneath_by_kernel.hpp"
#include "file_contents.hpp"
#include "linux_only.hpp"
#include "open_descriptors.hpp"
#include "skip.hpp"
#include "system/owned_fd.hpp"
#include "temporary_directory.hpp"
#include "wait_until.hpp"

#include <asiofile/file_base.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace filesystem = std::filesystem;
using asiofile::file_base;
using asiofile::detail::open_beneath_by_walk;
using asiofile::detail::owned_fd;

namespace {

// So that users other than root see the same.
void permit_all(const std::string& path, mode_t mode) {
  BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
}

// Directories and links that lead into and out of the root.
void make_tree(const std::string& root) {
  for (const char* const name : {"", "/dir", "/dir/sub", "/private", "/sticky", "/blind"}) {
    filesystem::create_directory(root + name);
    permit_all(root + name, 0777);
  }
  for (const char* const name : {"/file", "/dir/file", "/dir/sub/file", "/private/file", "/secret",
                                 "/sticky/file", "/blind/file", "/../outside"}) {
    test_support::write_file(root + name, "abc");
    permit_all(root + name, 0666);
  }
  const std::array<std::array<const char*, 2>, 25> links{{{"file", "to_file"},
                                                          {"dir", "to_dir"},
                                                          {"dir/", "to_dir_slash"},
                                                          {"file/", "to_file_slash"},
                                                          {"to_dir", "to_link"},
                                                          {"..", "up"},
                                                          {".", "dot"},
                                                          {"/", "absolute"},
                                                          {"loop", "loop"},
                                                          {"pong", "ping"},
                                                          {"ping", "pong"},
                                                          {"none", "dangling"},
                                                          {"../outside", "out"},
                                                          {"dir/../../outside", "out_by_dir"},
                                                          {"dir/sub/../file", "in"},
                                                          {"//", "slashes"},
                                                          {"..", "dir/up"},
                                                          {"../..", "dir/out"},
                                                          {"../dir/sub", "dir/sub2"},
                                                          {"../../file", "dir/sub/back"},
                                                          {"../file/.", "dir/odd"},
                                                          {"none/file", "none_yet"},
                                                          {"./dir/.//sub//", "wordy"},
                                                          {"private", "to_private"},
                                                          {"file", "sticky/link"}}};
  for (const auto& [target, name] : links) filesystem::create_symlink(target, root + '/' + name);
  // Chains of 40 and 41 links to a file: 40 are followed.
  for (int i = 0; i != 41; ++i) {
    const std::string target = i == 0 ? "file" : "chain" + std::to_string(i - 1);
    filesystem::create_symlink(target, root + "/chain" + std::to_string(i));
  }
  BOOST_REQUIRE(::mkfifo((root + "/fifo").c_str(), 0666) == 0);
  permit_all(root + "/private", 0700);
  permit_all(root + "/secret", 0600);
  permit_all(root + "/blind", 0666);
  permit_all(root + "/sticky", 01777);
}

// Two equal trees: one for each way of opening, because opening can make files.
struct fixture {
  test_support::temporary_directory directory;
  std::string for_kernel = directory.path("kernel");
  std::string for_walk = directory.path("walk");
  std::size_t compared = 0;
  std::size_t opened = 0;
  std::size_t escapes = 0;

  void make_trees() {
    make_tree(for_kernel);
    make_tree(for_walk);
  }

  static owned_fd open_root(const std::string& path) {
    owned_fd root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    BOOST_REQUIRE(root);
    return root;
  }

  // The error, or the path of what was opened, from the root on.
  static std::string describe(std::int64_t result, const std::string& root) {
    if (result < 0) return std::strerror(static_cast<int>(-result));
    const owned_fd fd(static_cast<int>(result));
    const std::string target = test_support::descriptor_target(fd.get());
    return target.rfind(root, 0) == 0 ? target.substr(root.size()) : target;
  }

  // If the kernel restarts a walk because something was renamed, it also counts the links of the
  // first one (ELOOP; seen on Linux 6.18).
  static std::int64_t open_by_kernel(int root, const std::string& path, int open_flags,
                                     bool is_loop) {
    constexpr int attempts_max = 1000;
    std::int64_t result = -ELOOP;
    for (int i = 0; i != (is_loop ? 1 : attempts_max) && result == -ELOOP; ++i)
      result = test_support::open_beneath_by_kernel(root, path, open_flags);
    return result;
  }

  void compare(int kernel_root, int walk_root, const std::string& path, unsigned flags) {
    const int open_flags = static_cast<int>(flags);
    const std::int64_t by_walk = open_beneath_by_walk(walk_root, path, open_flags);
    const std::int64_t by_kernel = open_by_kernel(kernel_root, path, open_flags, by_walk == -ELOOP);
    ++compared;
    opened += by_kernel >= 0;
    escapes += by_kernel == -EXDEV;
    const std::string expected = describe(by_kernel, for_kernel);
    const std::string found = describe(by_walk, for_walk);
    if (expected != found)
      BOOST_TEST(found == expected,
                 path << ", flags " << flags << ": " << found << " in place of " << expected);
  }

  void compare_all(const std::vector<std::string>& paths, const std::vector<unsigned>& all_flags) {
    const owned_fd kernel_root = open_root(for_kernel);
    const owned_fd walk_root = open_root(for_walk);
    for (const unsigned flags : all_flags) {
      for (const std::string& path : paths)
        compare(kernel_root.get(), walk_root.get(), path, flags);
    }
  }
};

const std::vector<std::string> names{
    "file",   "dir",   "sub",  "..",     ".",        "to_file", "to_dir",       "to_link",
    "up",     "dot",   "out",  "sub2",   "back",     "odd",     "to_dir_slash", "to_file_slash",
    "loop",   "ping",  "none", "in",     "dangling", "wordy",   "absolute",     "private",
    "sticky", "blind", "link", "secret", "new"};

// Every path of up to three of the names, and with a slash at the end.
std::vector<std::string> paths_of_names() {
  std::vector<std::string> paths{""};
  std::size_t begin = 0;
  for (int depth = 0; depth != 3; ++depth) {
    const std::size_t end = paths.size();
    for (; begin != end; ++begin) {
      for (const std::string& name : names)
        paths.push_back(begin == 0 ? name : paths[begin] + '/' + name);
    }
  }
  const std::size_t count = names.size() * (names.size() + 1);
  for (std::size_t i = 1; i <= count; ++i) paths.push_back(paths[i] + '/');
  return paths;
}

// Paths that the names do not produce.
std::vector<std::string> odd_paths() {
  std::vector<std::string> paths{
      "/",         "//file",     "/etc/passwd",     "./../file",       "../kernel/file",
      "../walk",   "out_by_dir", "slashes",         "slashes/file",    "none_yet",
      "fifo/x",    "fifo/",      "fifo/..",         "chain39",         "chain40",
      "chain39/",  "chain40/x",  "to_dir//file",    "dir///sub/./..",  "dir/sub/../../..",
      "chain20/.", "././././.",  "dir/sub/../../.", "to_private/file", "private/../file"};
  paths.push_back(std::string(255, 'n'));
  paths.push_back(std::string(256, 'n'));
  paths.push_back(std::string(256, 'n') + "/x");
  std::string longest;
  while (longest.size() < 4090) longest += "./";
  paths.push_back(longest + "file");
  paths.push_back(longest + "//file");
  paths.push_back('/' + longest + "//file");
  std::string there_and_back;
  for (int i = 0; i != 100; ++i) there_and_back += "dir/sub/../../to_dir/../";
  paths.push_back(there_and_back);
  for (int i = 0; i != 42; ++i)
    paths.push_back(std::string("to_dir/up/to_dir/up/to_dir/up/") + "chain" +
                    std::to_string(i % 41));
  return paths;
}

bool has_openat2() {
  return test_support::open_beneath_by_kernel(AT_FDCWD, ".", O_RDONLY | O_PATH) != -ENOSYS;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(beneath_walk, fixture)

BOOST_AUTO_TEST_CASE(the_walk_gives_what_openat2_gives) {
  if (!has_openat2()) return test_support::skip("this kernel has no openat2");
  make_trees();
  const std::size_t descriptors = test_support::open_descriptor_count();
  const std::vector<unsigned> flags{file_base::read_only, file_base::write_only,
                                    file_base::read_write | file_base::truncate,
                                    file_base::read_write | file_base::append,
                                    O_RDONLY | O_DIRECTORY,
                                    O_RDONLY | O_NOFOLLOW,
                                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW};
  compare_all(paths_of_names(), {file_base::read_only, O_PATH});
  compare_all(odd_paths(), flags);
  std::vector<std::string> short_paths = paths_of_names();
  short_paths.resize(1 + names.size() * (names.size() + 1));
  compare_all(short_paths, flags);
  BOOST_TEST(compared > 20'000);
  BOOST_TEST(opened > 500);
  BOOST_TEST(escapes > 1'000);
  BOOST_TEST(test_support::open_descriptor_count() == descriptors);
}

BOOST_AUTO_TEST_CASE(the_walk_makes_the_files_that_openat2_makes) {
  if (!has_openat2()) return test_support::skip("this kernel has no openat2");
  make_trees();
  std::vector<std::string> paths = paths_of_names();
  paths.resize(1 + names.size() * (names.size() + 1));
  for (const std::string& path : odd_paths()) paths.push_back(path);
  for (std::size_t i = 1; i <= names.size(); ++i) paths.push_back(paths[i] + '/');
  compare_all(paths, {file_base::read_write | file_base::create | file_base::exclusive,
                      file_base::write_only | file_base::create | file_base::truncate,
                      file_base::write_only | file_base::create});
  std::vector<std::string> made[2];
  for (const int which : {0, 1}) {
    const std::string& root = which == 0 ? for_kernel : for_walk;
    for (const auto& entry : filesystem::recursive_directory_iterator(root))
      made[which].push_back(entry.path().string().substr(root.size()));
    std::sort(made[which].begin(), made[which].end());
  }
  BOOST_TEST(made[0] == made[1], boost::test_tools::per_element());
  BOOST_TEST(filesystem::exists(for_walk + "/new"));
  // Through dangling links, but not outside.
  BOOST_TEST(filesystem::exists(for_walk + "/none"));
  BOOST_TEST(test_support::read_file(directory.path("outside")) == "abc");
}

BOOST_AUTO_TEST_CASE(permissions_count_as_they_do_for_openat2) {
  if (!has_openat2()) return test_support::skip("this kernel has no openat2");
  if (::geteuid() != 0) return test_support::skip("only root can become another user");
  make_trees();
  std::vector<std::string> paths = paths_of_names();
  for (const std::string& path : odd_paths()) paths.push_back(path);
  const owned_fd kernel_root = open_root(for_kernel);
  const owned_fd walk_root = open_root(for_walk);
  constexpr uid_t nobody = 65534;
  const auto compare_as_nobody = [&](unsigned flags) {
    BOOST_REQUIRE(::seteuid(nobody) == 0);
    for (const std::string& path : paths) compare(kernel_root.get(), walk_root.get(), path, flags);
    BOOST_REQUIRE(::seteuid(0) == 0);
  };
  compare_as_nobody(file_base::read_only);
  paths.resize(1 + names.size() * (names.size() + 1));
  compare_as_nobody(file_base::write_only | file_base::create);
  // A link that belongs to another user, in a directory that everybody may write to.
  for (const std::string& root : {for_kernel, for_walk})
    BOOST_REQUIRE(::lchown((root + "/sticky/link").c_str(), 1, 1) == 0);
  for (const uid_t user : {uid_t{0}, uid_t{1}, nobody}) {
    BOOST_REQUIRE(::seteuid(user) == 0);
    for (const char* const path : {"sticky/link", "sticky/link/", "sticky/link/x"})
      compare(kernel_root.get(), walk_root.get(), path, file_base::read_only);
    BOOST_REQUIRE(::seteuid(0) == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_links_of_proc_lead_nowhere) {
  if (!test_support::has_linux("links of /proc that stand for what a process has open")) return;
  const owned_fd proc(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const owned_fd self(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string own = "fd/" + std::to_string(self.get());
  for (const std::string& path :
       {std::string("exe"), std::string("cwd/x"), std::string("cwd/"), std::string("root/etc"),
        std::string("ns/net"), own, own + "/status", own + '/'}) {
    BOOST_TEST(open_beneath_by_walk(self.get(), path, O_RDONLY) == -ELOOP, path);
    BOOST_TEST(open_beneath_by_walk(proc.get(), "self/" + path, O_RDONLY) == -ELOOP, path);
    if (has_openat2()) compare(self.get(), self.get(), path, file_base::read_only);
  }
  for (const char* const path : {"self/status", "mounts", "thread-self/comm", "self/fd/..",
                                 "self/../version", "self/fd/../../..", "self", "self/"}) {
    const std::int64_t by_walk = open_beneath_by_walk(proc.get(), path, O_RDONLY);
    const std::int64_t by_kernel = open_by_kernel(proc.get(), path, O_RDONLY, by_walk == -ELOOP);
    const owned_fd closed_again[] = {owned_fd(by_walk < 0 ? -1 : static_cast<int>(by_walk)),
                                     owned_fd(by_kernel < 0 ? -1 : static_cast<int>(by_kernel))};
    if (has_openat2())
      BOOST_TEST((by_walk < 0 ? by_walk : 0) == (by_kernel < 0 ? by_kernel : 0), path);
  }
}

// Another thread moves a directory out of the root and back, and puts a link in its place.
BOOST_AUTO_TEST_CASE(renames_meanwhile_do_not_lead_out) {
  make_trees();
  const owned_fd root = open_root(for_walk);
  const std::string inside = for_walk + "/dir/sub", outside = directory.path("sub");
  std::atomic<bool> is_over = false;
  std::thread renaming([&] {
    while (!is_over) {
      filesystem::rename(inside, outside);
      filesystem::create_symlink("../..", inside);
      filesystem::remove(inside);
      filesystem::rename(outside, inside);
    }
  });
  std::size_t inside_count = 0;
  // Until the directory was also found in its place: if the other thread rarely runs, it may be
  // away for a long time.
  const test_support::deadline end(std::chrono::minutes(1));
  for (int round = 0; round < 20'000 || (inside_count == 0 && !end.has_passed()); ++round) {
    const char* const path = round % 2 == 0 ? "dir/sub/../file" : "dir/sub/outside";
    const std::int64_t result = open_beneath_by_walk(root.get(), path, O_RDONLY);
    if (result < 0) {
      BOOST_TEST((result == -ENOENT || result == -EXDEV || result == -ENOTDIR));
      continue;
    }
    const owned_fd fd(static_cast<int>(result));
    ++inside_count;
    BOOST_TEST(test_support::descriptor_target(fd.get()) == for_walk + "/dir/file");
  }
  is_over = true;
  renaming.join();
  BOOST_TEST(inside_count != 0U);
}

BOOST_AUTO_TEST_CASE(a_root_that_is_no_directory_is_told) {
  make_trees();
  const owned_fd file(::open((for_walk + "/file").c_str(), O_RDONLY | O_CLOEXEC));
  for (const char* const path : {"x", ".", "..", "x/y", "/x", ""}) {
    const std::int64_t by_walk = open_beneath_by_walk(file.get(), path, O_RDONLY);
    BOOST_TEST(by_walk < 0);
    if (has_openat2())
      BOOST_TEST(by_walk == open_by_kernel(file.get(), path, O_RDONLY, by_walk == -ELOOP), path);
  }
}

BOOST_AUTO_TEST_SUITE_END()
