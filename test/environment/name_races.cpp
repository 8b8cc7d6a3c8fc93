// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Changes by others to a file and its names while it is replaced or copied over: between any two
// system calls, each in turn. The new file replaces one file, and has the rights of that one.

#include "child_process.hpp"
#include "file_contents.hpp"
#include "restrictions.hpp"
#include "skip.hpp"
#include "sysctl_setting.hpp"
#include "temporary_directory.hpp"
#include "users_rights.hpp"
#include "watchdog.hpp"
#include "watched_calls.hpp"

#include <asiofile/asiofile.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr uid_t user_id = 4001;
constexpr gid_t group_id = 4000;

enum class way : bool { replacing, copying };

// What another process does while a file is replaced.
struct intruder {
  std::function<void()> before;  // the operation
  std::function<void()> act;
  // Before every call, not before one.
  bool acts_always = false;
};

struct outcome {
  int error = -1;
  // The call before which the intruder acted; 0 if the operation had completed before.
  int call = 0;
  // The new file had its name already.
  bool was_late = false;
};

bool holds_new(const std::string& path) {
  char text[4] = {};
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const bool is_new = fd != -1 && ::read(fd, text, sizeof text) == 3 && text[0] == 'n';
  if (fd != -1) ::close(fd);
  return is_new;
}

// In a child: has the intruder act before the call of this number.
outcome change(way which, const std::string& path, const intruder& other, int number) {
  // The calls are watched as long as the child lives.
  static outcome result;
  static std::atomic<bool> is_over = false;
  static int count = 0;
  asio::io_context context;
  asio::use_service<asiofile::file_service>(context);
  other.before();
  watch_calls(calls_on_names(), [&other, path, number](int call) {
    if (is_over || (count++ != number && !other.acts_always)) return;
    result.was_late = holds_new(path);
    other.act();
    result.call = call;
  });
  if (which == way::replacing) {
    asiofile::async_replace_file(context, path, asio::buffer("new", 3),
                                 [&](error_code ec) { result.error = ec.value(); });
  } else {
    asiofile::copy_options options;
    options.existing = asiofile::copy_options::existing_target::replace;
    asiofile::async_copy_file(context, "source", path, options,
                              [&](error_code ec, std::uint64_t) { result.error = ec.value(); });
  }
  context.run();
  is_over = true;
  return result;
}

struct fixture {
  watchdog time_limit{std::chrono::seconds(300)};
  temporary_directory directory;

  // Tries every moment, each in a child that is root and works in the directory. `check` gets the
  // outcome.
  void at_each_call(const std::string& path, const intruder& other,
                    const std::function<void(const outcome&)>& check) {
    for (const way which : {way::replacing, way::copying}) {
      const int moments = other.acts_always ? 1 : calls_max;
      int acted = 0;
      for (int number = 0; number != moments; ++number) {
        const auto ended = child_process([&] {
                             child_require(::chdir(directory.root().c_str()) == 0, "chdir");
                             ::umask(0);
                             const outcome result = change(which, path, other, number);
                             check(result);
                             return result.call == 0 ? nobody_acted : 0;
                           }).wait(std::chrono::seconds(30));
        if (ended.exit_code == nobody_acted) break;
        const char* const name = which == way::replacing ? "replacing" : "copying";
        BOOST_TEST(ended.succeeded(), name << ", call " << number << ": " << ended);
        ++acted;
      }
      // At least as many calls as the operation needs, and not endlessly many.
      BOOST_TEST(acted >= (other.acts_always ? 1 : 6));
      BOOST_TEST(acted < calls_max);
    }
  }

  [[nodiscard]] bool is_skipped() const {
    std::string why = not_root_reason();
    if (why.empty()) why = no_seccomp_reason();
    if (!why.empty()) skip(why);
    return !why.empty();
  }

 private:
  static constexpr int calls_max = 200;
  static constexpr int nobody_acted = 77;
};

struct stat status_of(const std::string& path) {
  struct stat found {};
  child_require(::lstat(path.c_str(), &found) == 0, "lstat " + path);
  return found;
}

mode_t mode_of(const std::string& path) { return status_of(path).st_mode & 07777U; }

void make_file(const std::string& path, mode_t mode, uid_t owner = 0, gid_t group = 0) {
  ::unlink(path.c_str());
  write_file(path, "old");
  child_require(::chown(path.c_str(), owner, group) == 0, "chown");
  child_require(::chmod(path.c_str(), mode) == 0, "chmod");
}

void make_files() {
  make_file("file", 0666);
  make_file("source", 0644);
  write_file("source", "new");
}

bool is_in_vain(const outcome& result) {
  // A change just before another file takes the name is made to the file that is replaced.
  return result.call == 0 || result.was_late || result.call == SYS_renameat ||
         result.call == SYS_renameat2;
}

std::ptrdiff_t names_in(const std::string& path) {
  return std::distance(std::filesystem::directory_iterator(path), {});
}

// ---- a directory of another user, and one of root that this user cannot change

void make_two_directories() {
  for (const char* const name : {"user", "private"})
    if (::mkdir(name, 0755) != 0) child_require(errno == EEXIST, "mkdir");
  child_require(::chown("user", user_id, group_id) == 0, "chown");
  make_files();
  make_file("private/secret", 0600);
  make_file("user/mine", 0666, user_id, group_id);
}

void point_link(const std::string& to) {
  ::unlink("user/next");
  child_require(::symlink(to.c_str(), "user/next") == 0, "symlink");
  child_require(::lchown("user/next", user_id, group_id) == 0, "lchown");
  child_require(::rename("user/next", "user/link") == 0, "rename");
}

// Each file has its own rights, whichever was replaced.
void require_own_rights() {
  const struct stat secret = status_of("private/secret");
  const struct stat mine = status_of("user/mine");
  child_require(secret.st_uid == 0 && (secret.st_mode & 07777U) == 0600, "the secret's rights");
  child_require(mine.st_uid == user_id && (mine.st_mode & 07777U) == 0666, "the user's rights");
  child_require(names_in("private") == 1, "left something");
  child_require(names_in("user") == 2, "left something with the user");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(name_races, fixture)

BOOST_AUTO_TEST_CASE(a_chmod_at_any_moment_is_kept) {
  if (is_skipped()) return;
  const intruder closing{&make_files, [] { ::chmod("file", 0600); }};
  at_each_call("file", closing, [](const outcome& result) {
    child_require(result.error == 0, std::to_string(result.error));
    child_require(read_file("file") == "new", "content");
    child_require(names_in(".") == 2, "left something");
    if (!is_in_vain(result)) child_require(mode_of("file") == 0600, "mode");
  });
}

BOOST_AUTO_TEST_CASE(a_chown_at_any_moment_is_kept) {
  if (is_skipped()) return;
  const intruder giving{&make_files, [] { (void)!::chown("file", user_id, group_id); }};
  at_each_call("file", giving, [](const outcome& result) {
    child_require(result.error == 0, std::to_string(result.error));
    const struct stat found = status_of("file");
    child_require(is_in_vain(result) || (found.st_uid == user_id && found.st_gid == group_id),
                  "owner");
  });
}

BOOST_AUTO_TEST_CASE(a_list_set_at_any_moment_is_kept) {
  if (is_skipped()) return;
  write_file(directory.path("probe"), "");
  const std::vector<list_entry> list{{list_entry::owner, 6},
                                     {list_entry::user, 0, user_id},
                                     {list_entry::group, 4},
                                     {list_entry::mask, 4},
                                     {list_entry::others, 4}};
  if (set_list(directory.path("probe"), list) != 0)
    return skip("the file system has no access lists");
  ::unlink(directory.path("probe").c_str());
  const intruder denying{&make_files, [&] { set_list("file", list); }};
  at_each_call("file", denying, [](const outcome& result) {
    child_require(result.error == 0, std::to_string(result.error));
    if (is_in_vain(result)) return;
    child_require(!attribute_of("file", access_list_name).empty(), "list");
    child_require(mode_of("file") == 0644, "mode");
  });
}

BOOST_AUTO_TEST_CASE(the_rights_are_those_of_the_file_that_has_the_name_at_the_end) {
  if (is_skipped()) return;
  const intruder putting{[] {
                           make_files();
                           make_file("other", 0600, user_id, group_id);
                         },
                         [] { ::rename("other", "file"); }};
  at_each_call("file", putting, [](const outcome& result) {
    child_require(result.error == 0, std::to_string(result.error));
    const bool is_other = mode_of("file") == 0600 && status_of("file").st_uid == user_id;
    child_require(is_in_vain(result) || is_other, "rights");
    child_require(result.was_late || read_file("file") == "new", "content");
  });
}

BOOST_AUTO_TEST_CASE(a_file_that_comes_to_be_meanwhile_keeps_its_rights) {
  if (is_skipped()) return;
  const intruder making{[] {
                          make_files();
                          ::unlink("file");
                          make_file("other", 0600, user_id, group_id);
                        },
                        [] { ::rename("other", "file"); }};
  at_each_call("file", making, [](const outcome& result) {
    child_require(result.error == 0, std::to_string(result.error));
    if (result.call == 0 || result.was_late) return;
    child_require(read_file("file") == "new", "content");
    child_require(mode_of("file") == 0600 && status_of("file").st_uid == user_id, "rights");
  });
}

BOOST_AUTO_TEST_CASE(a_file_that_goes_meanwhile_leaves_its_rights) {
  if (is_skipped()) return;
  const intruder removing{[] {
                            make_files();
                            make_file("file", 0600, user_id, group_id);
                          },
                          [] { ::unlink("file"); }};
  at_each_call("file", removing, [](const outcome& result) {
    child_require(result.error == 0, std::to_string(result.error));
    if (result.was_late) return;
    const struct stat found = status_of("file");
    // A new file, or a new copy.
    const bool is_new = found.st_uid == 0 && (mode_of("file") == 0666 || mode_of("file") == 0644);
    const bool is_its = found.st_uid == user_id && mode_of("file") == 0600;
    child_require(is_new || is_its, "rights");
    child_require(names_in(".") == 2, "left something");
  });
}

BOOST_AUTO_TEST_CASE(a_link_is_followed_once) {
  if (is_skipped()) return;
  for (const bool begins_at_secret : {false, true}) {
    const std::string first = begins_at_secret ? "../private/secret" : "mine";
    const std::string second = begins_at_secret ? "mine" : "../private/secret";
    const intruder swapping{[&] {
                              make_two_directories();
                              point_link(first);
                            },
                            [&] { point_link(second); }};
    at_each_call("user/link", swapping, [](const outcome& result) {
      child_require(result.error == 0, std::to_string(result.error));
      require_own_rights();
    });
  }
}

BOOST_AUTO_TEST_CASE(a_link_that_changes_all_the_time_is_followed_once) {
  if (is_skipped()) return;
  bool is_secret = false;
  const intruder swapping{[&] {
                            make_two_directories();
                            point_link("mine");
                          },
                          [&] {
                            is_secret = !is_secret;
                            point_link(is_secret ? "../private/secret" : "mine");
                          },
                          true};
  at_each_call("user/link", swapping, [](const outcome&) { require_own_rights(); });
}

BOOST_AUTO_TEST_CASE(a_file_that_becomes_a_link_is_not_followed) {
  if (is_skipped()) return;
  const intruder linking{[] {
                           make_two_directories();
                           ::unlink("user/link");
                           make_file("user/name", 0666, user_id, group_id);
                         },
                         [] {
                           (void)!::symlink("../private/secret", "user/next");
                           ::rename("user/next", "user/name");
                         }};
  at_each_call("user/name", linking, [](const outcome&) {
    const struct stat secret = status_of("private/secret");
    child_require(secret.st_uid == 0 && (secret.st_mode & 07777U) == 0600, "the secret's rights");
    child_require(names_in("private") == 1, "left something");
    const struct stat name = status_of("user/name");
    // Whatever it is, it is not the link's target with the user's rights.
    child_require(S_ISLNK(name.st_mode) || name.st_uid == user_id, "the user's rights");
    ::unlink("user/name");
  });
}

BOOST_AUTO_TEST_CASE(something_else_in_its_place_hangs_nothing) {
  if (is_skipped()) return;
  for (const mode_t type : {S_IFIFO, S_IFDIR}) {
    const intruder putting{
        [] {
          std::filesystem::remove_all("file");
          make_files();
        },
        [&] {
          ::unlink("file");
          (void)!(type == S_IFIFO ? ::mkfifo("file", 0600) : ::mkdir("file", 0700));
        }};
    at_each_call("file", putting, [&](const outcome& result) {
      child_require(names_in(".") == 2, "left something");
      if (result.error == 0) return;
      const int wanted = type == S_IFIFO ? EOPNOTSUPP : EISDIR;
      child_require(result.error == wanted, std::to_string(result.error));
      child_require((status_of("file").st_mode & S_IFMT) == type, "it was replaced");
    });
  }
}

BOOST_AUTO_TEST_CASE(a_link_of_another_s_in_a_directory_of_all_is_not_followed) {
  if (is_skipped()) return;
  sysctl_setting protection("/proc/sys/fs/protected_symlinks");
  if (const auto why = protection.set("1"); !why.empty()) return skip(why);
  const intruder linking{[] {
                           make_two_directories();
                           ::mkdir("shared", 0777);
                           child_require(::chmod("shared", 01777) == 0, "chmod");
                           ::unlink("shared/name");
                           ::unlink("private/new");
                         },
                         [] {
                           (void)!::symlink("../private/new", "user/next");
                           (void)!::lchown("user/next", user_id, group_id);
                           ::rename("user/next", "shared/name");
                         }};
  at_each_call("shared/name", linking, [](const outcome& result) {
    const bool is_known = result.error == 0 || result.error == EACCES || result.error == EEXIST;
    child_require(is_known, std::to_string(result.error));
    child_require(names_in("private") == 1, "it was followed");
    child_require(names_in("shared") == 1, "left something");
  });
}

BOOST_AUTO_TEST_SUITE_END()
