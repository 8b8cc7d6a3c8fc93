// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Access rights of a file that was replaced or copied over: nobody has more than before, whoever
// replaces it, whatever cannot be preserved, and whatever the kernel refuses meanwhile.

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

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace test_support;

namespace {

constexpr uid_t owner = 4001;     // of the file, at first
constexpr uid_t replacer = 4003;  // who replaces it
constexpr uid_t stranger = 4008;
constexpr uid_t denied = 4005;      // by a list's entry
constexpr gid_t file_group = 4000;  // of the file, at first
constexpr gid_t own_group = 4103;   // of the replacer
constexpr gid_t denied_group = 4105;

// All users whom it may concern, in the groups that may concern them.
const std::vector<user>& everybody() {
  static const std::vector<user> all = [] {
    std::vector<user> users;
    for (const uid_t id : {owner, replacer, denied, stranger}) {
      for (unsigned set = 0; set != 8; ++set) {
        user next{id, 4999};
        if ((set & 1U) != 0) next.groups.push_back(file_group);
        if ((set & 2U) != 0) next.groups.push_back(own_group);
        if ((set & 4U) != 0) next.groups.push_back(denied_group);
        users.push_back(next);
      }
    }
    return users;
  }();
  return all;
}

enum class way : bool { replacing, copying };

int change(way which, const std::string& path = "file", const std::string& source = "source") {
  asio::io_context context;
  int error = -1;
  if (which == way::replacing) {
    asiofile::async_replace_file(context, path, asio::buffer("new", 3),
                                 [&](error_code ec) { error = ec.value(); });
  } else {
    asiofile::copy_options options;
    options.existing = asiofile::copy_options::existing_target::replace;
    asiofile::async_copy_file(context, source, path, options,
                              [&](error_code ec, std::uint64_t) { error = ec.value(); });
  }
  context.run();
  return error;
}

struct original {
  const char* name;
  mode_t mode;
  std::vector<list_entry> list{};
};

const std::vector<original>& originals() {
  using entry = list_entry;
  static const std::vector<original> all{
      {"private", 0600},
      {"usual", 0644},
      {"of its group", 0660},
      {"of all", 0666},
      {"denies the group", 0604},
      {"denies the file_group, others write", 0606},
      {"denies the owner", 0466},
      {"executable, set-ID", 06775},
      {"denies a user",
       0664,
       {{entry::owner, 6},
        {entry::user, 6, replacer},
        {entry::user, 0, denied},
        {entry::group, 0},
        {entry::mask, 6},
        {entry::others, 4}}},
      {"denies a group",
       0666,
       {{entry::owner, 6},
        {entry::group, 4},
        {entry::named_group, 0, denied_group},
        {entry::mask, 6},
        {entry::others, 6}}},
      {"names a user and a group",
       0670,
       {{entry::owner, 6},
        {entry::user, 7, replacer},
        {entry::group, 4},
        {entry::named_group, 6, denied_group},
        {entry::mask, 7},
        {entry::others, 0}}},
      {"has a mask only",
       0606,
       {{entry::owner, 6}, {entry::group, 6}, {entry::mask, 0}, {entry::others, 6}}}};
  return all;
}

// Makes it in the working directory. Whether the file system supports it.
bool make(const original& which) {
  ::unlink("file");
  write_file("file", "old");
  child_require(::chown("file", owner, file_group) == 0, "chown");
  child_require(::chmod("file", which.mode) == 0, "chmod");
  if (which.list.empty()) return true;
  const int error = set_list("file", which.list);
  child_require(error == 0 || error == EOPNOTSUPP, "set_list");
  return error == 0;
}

struct identity {
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;
  std::string list;

  bool operator==(const identity&) const = default;
};

identity identity_of(const std::string& path) {
  struct stat found {};
  child_require(::lstat(path.c_str(), &found) == 0, "lstat " + path);
  return {found.st_uid, found.st_gid, found.st_mode & 07777U, attribute_of(path, access_list_name)};
}

std::vector<unsigned> all_rights() {
  std::vector<unsigned> all;
  for (const user& each : everybody()) all.push_back(rights_of(each, "file"));
  return all;
}

// The number of names in the working directory.
std::ptrdiff_t names() { return std::distance(std::filesystem::directory_iterator("."), {}); }

// Calls it in a child of the child, which `become` turns into another user. Returns an errno value.
int as(const std::function<void()>& become, const std::function<int()>& act) {
  const pid_t pid = ::fork();
  child_require(pid != -1, "fork");
  if (pid == 0) {
    try {
      become();
      ::_exit(act());
    } catch (const std::exception& thrown) {
      std::fprintf(stderr, "%s\n", thrown.what());
      ::_exit(255);
    }
  }
  int status = 0;
  child_require(::waitpid(pid, &status, 0) == pid && WIFEXITED(status), "waitpid");
  child_require(WEXITSTATUS(status) != 255, "the replacing process");
  return WEXITSTATUS(status);
}

struct actor {
  const char* name;
  std::function<void()> become;
};

actor refusing(const char* name, std::vector<int> calls, int error,
               const std::function<void()>& become) {
  return {name, [=] {
            become();
            refuse_calls(calls, error);
          }};
}

// Circumstances that can prevent preserving the file's properties.
std::vector<actor> actors() {
  const auto root = [] {};
  const auto member = [] { become_user(replacer, own_group, {file_group}); };
  const auto other = [] { become_user(replacer, own_group, {}); };
  const auto with = [](std::uint64_t capabilities) {
    return [=] { become_user(replacer, own_group, {}, capabilities); };
  };
  constexpr std::uint64_t chown = 1U << CAP_CHOWN;
  constexpr std::uint64_t override = 1U << CAP_DAC_OVERRIDE;
  constexpr std::uint64_t fowner = 1U << CAP_FOWNER;
  std::vector<actor> all{{"root", root},
                         {"a member of the group", member},
                         {"another user", other},
                         {"one who may write all", with(override)},
                         {"one who may give away", with(chown)},
                         {"one who may give away and write all", with(chown | override)},
                         {"one who may set modes", with(fowner | override)},
                         {"one who may give away and set modes", with(chown | fowner | override)}};
  if (!no_seccomp_reason().empty()) return all;
  for (const int error : {EPERM, EOPNOTSUPP, ENOSPC, EDQUOT, EINVAL}) {
    all.push_back(refusing("root, without setting attributes", {SYS_fsetxattr}, error, root));
    all.push_back(refusing("a member, without setting attributes", {SYS_fsetxattr}, error, member));
    all.push_back(refusing("another, without setting attributes", {SYS_fsetxattr}, error, other));
  }
  for (const int error : {EPERM, EINVAL, EDQUOT}) {
    all.push_back(refusing("root, without giving away", {SYS_fchown}, error, root));
    all.push_back(refusing("root, with nothing", {SYS_fchown, SYS_fsetxattr}, EPERM, root));
  }
  const std::vector<int> reading{SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr};
  for (const int error : {EPERM, ENOSYS, EIO}) {
    all.push_back(refusing("root, without reading attributes", reading, error, root));
    all.push_back(refusing("a member, without reading attributes", reading, error, member));
  }
  all.push_back(refusing("root, without modes", {SYS_fchmod}, EPERM, root));
  all.push_back(
      refusing("a member, without removing attributes", {SYS_fremovexattr}, EPERM, member));
  return all;
}

std::string to_text(const identity& which) {
  char text[64];
  std::snprintf(text, sizeof text, "%u:%u %04o, a list of %zu bytes", which.owner, which.group,
                which.mode, which.list.size());
  return text;
}

// In a child, in the test's directory: checks that what `who` does to the file gives nobody more
// rights, and if it fails, changes nothing. Returns the errno value.
int change_as(const actor& who, way which, const std::string& what) {
  const identity before = identity_of("file");
  const std::vector<unsigned> rights = all_rights();
  const auto names_before = names();
  const int error = as(who.become, [&] { return change(which); });
  const identity after = identity_of("file");
  const std::string text =
      what + (which == way::replacing ? ", replaced by " : ", copied over by ") + who.name + ": " +
      to_text(before) + " became " + to_text(after) + " (" + std::strerror(error) + ')';
  child_require(names() == names_before, text + ": left something");
  child_require(read_file("file") == (error == 0 ? "new" : "old"), text + ": content");
  child_require(error == 0 || after == before, text + ": failed, but changed");
  const std::vector<unsigned> rights_after = all_rights();
  for (std::size_t i = 0; i != rights.size(); ++i) {
    const user& each = everybody()[i];
    // The owner can change the mode anyway.
    if (each.id == after.owner) continue;
    child_require((rights_after[i] & ~rights[i]) == 0,
                  text + ": widened for " + std::to_string(each.id));
  }
  return error;
}

struct fixture {
  watchdog time_limit{std::chrono::seconds(300)};
  temporary_directory directory;

  // Runs it as root in a child, in a directory that everybody may write to.
  void in_child(const std::function<void()>& body) {
    if (const auto why = not_root_reason(); !why.empty()) return skip(why);
    const auto ended = child_process([&] {
                         child_require(::chdir(directory.root().c_str()) == 0, "chdir");
                         child_require(::chmod(".", 0777) == 0, "chmod");
                         ::umask(0);
                         write_file("source", "new");
                         child_require(::chmod("source", 0644) == 0, "chmod");
                         body();
                       }).wait(std::chrono::seconds(250));
    BOOST_TEST(ended.succeeded(), ended);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replaced_rights, fixture)

BOOST_AUTO_TEST_CASE(are_never_wider) {
  in_child([] {
    for (const original& each : originals()) {
      for (const actor& who : actors()) {
        for (const way which : {way::replacing, way::copying})
          if (make(each)) change_as(who, which, each.name);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(are_never_wider_where_the_directory_gives_new_files_a_list) {
  in_child([] {
    using entry = list_entry;
    const int error = set_list(".",
                               {{entry::owner, 7},
                                {entry::user, 7, denied},
                                {entry::user, 7, stranger},
                                {entry::group, 7},
                                {entry::named_group, 7, denied_group},
                                {entry::mask, 7},
                                {entry::others, 7}},
                               default_list_name);
    child_require(error == 0, "set_list");
    for (const original& each : originals()) {
      for (const actor& who : actors()) {
        for (const way which : {way::replacing, way::copying}) {
          if (!make(each)) continue;
          if (each.list.empty()) ::removexattr("file", access_list_name);
          child_require(::chmod("file", each.mode) == 0, "chmod");
          change_as(who, which, each.name);
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(stay_the_same_for_whoever_may_keep_them) {
  in_child([] {
    for (const original& each : originals()) {
      for (const way which : {way::replacing, way::copying}) {
        if (!make(each)) continue;
        const identity before = identity_of("file");
        child_require(change(which) == 0, each.name);
        child_require(identity_of("file") == before, std::string("root changed: ") + each.name);
        // The owner himself, in the group or not.
        for (const auto& groups : {std::vector<gid_t>{file_group}, std::vector<gid_t>()}) {
          if (!make(each)) continue;
          const int error =
              as([&] { become_user(owner, file_group, groups); }, [&] { return change(which); });
          const bool is_refused = (each.mode & 0200) == 0;
          child_require(error == (is_refused ? EACCES : 0), each.name);
          child_require(identity_of("file") == before,
                        std::string("the owner changed: ") + each.name);
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(stay_the_same_for_one_who_may_give_away_but_not_set_modes_of_others) {
  in_child([] {
    const actor who{"one with CAP_CHOWN", [] {
                      become_user(replacer, own_group, {file_group, denied_group}, 1U << CAP_CHOWN);
                    }};
    for (const original& each : originals()) {
      for (const way which : {way::replacing, way::copying}) {
        if (!make(each)) continue;
        const identity before = identity_of("file");
        const int error = change_as(who, which, each.name);
        // A user who may not write the file may not replace it. The set-ID bits cannot be
        // preserved, which is reported.
        const bool is_set_id = (each.mode & 06000) != 0;
        const bool may_write =
            (rights_of({replacer, own_group, {file_group, denied_group}}, "file") & 2) != 0;
        child_require(error == (!may_write  ? EACCES
                                : is_set_id ? EPERM
                                            : 0),
                      std::string(each.name) + std::strerror(error));
        child_require(identity_of("file") == before,
                      std::string("changed: ") + each.name + ": " + to_text(identity_of("file")));
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(of_a_list_stay_where_only_the_owner_changes) {
  in_child([] {
    const auto denying = [](const original& each) {
      return std::string(each.name) == "denies a user";
    };
    const original& each = *std::find_if(originals().begin(), originals().end(), denying);
    for (const way which : {way::replacing, way::copying}) {
      if (!make(each)) return;
      const actor who{"a user of the list", [] { become_user(replacer, own_group, {}); }};
      child_require(change_as(who, which, each.name) == 0, "refused");
      const identity after = identity_of("file");
      child_require(after.owner == replacer && after.group == own_group, "wrong owner or group");
      child_require(!after.list.empty(), "no list");
      child_require(rights_of({owner, 4999}, "file") == 6, "the former owner");
      child_require(rights_of({denied, 4999}, "file") == 0, "who was denied");
      child_require(rights_of({stranger, 4999}, "file") == 4, "others");
      child_require(rights_of({stranger, 4999, {file_group}}, "file") == 0, "the former group");
    }
  });
}

BOOST_AUTO_TEST_CASE(of_a_copy_do_not_come_from_a_mask) {
  in_child([] {
    using entry = list_entry;
    const int error = set_list("source", {{entry::owner, 6},
                                          {entry::user, 6, replacer},
                                          {entry::user, 0, denied},
                                          {entry::group, 0},
                                          {entry::mask, 6},
                                          {entry::others, 4}});
    if (error == EOPNOTSUPP) return;
    child_require(error == 0, "set_list");
    child_require(change(way::copying, "copy") == 0, "copy");
    const identity made = identity_of("copy");
    child_require(made.list.empty() && made.mode == 0600, to_text(made));
  });
}

BOOST_AUTO_TEST_SUITE_END()
