// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Paths that are opened beneath a directory, by the kernel's call and by the walk, compared with a
// resolver that knows the tree.

#include "beneath_by_kernel.hpp"
#include "check.hpp"
#include "system/beneath_walk.hpp"
#include "system/owned_fd.hpp"

#include <asiofile/file_base.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace {

using asiofile::detail::owned_fd;

constexpr int links_max = 40;

// The tree, without its root: a name, and the target of a link; "/" for a directory, nothing for a
// file.
const std::map<std::string, std::string>& tree() {
  static const std::map<std::string, std::string> entries{
      {"dir", "/"},           {"dir/sub", "/"},         {"file", ""},
      {"dir/file", ""},       {"dir/sub/file", ""},     {"to_file", "file"},
      {"to_dir", "dir"},      {"to_link", "to_dir"},    {"to_dir_slash", "dir/"},
      {"up", ".."},           {"dot", "."},             {"absolute", "/"},
      {"loop", "loop"},       {"ping", "pong"},         {"pong", "ping"},
      {"dangling", "none"},   {"out", "../outside"},    {"in", "dir/sub/../file"},
      {"dir/up", ".."},       {"dir/out", "../.."},     {"dir/sub/back", "../../file"},
      {"dir/odd", "../file/."}, {"slow", "to_link/sub/../up/to_link"}};
  return entries;
}

// The names that paths are made of: those of the tree, and names that lead out of it.
const std::deque<std::string>& names() {
  static const std::deque<std::string> all = [] {
    std::deque<std::string> made{"..", ".", "", "none", "..", "..."};
    for (const auto& entry : tree()) {
      const auto& [path, target] = entry;
      made.push_back(path.substr(path.rfind('/') + 1));
    }
    return made;
  }();
  return all;
}

std::string make_tree() {
  std::string root = (std::filesystem::temp_directory_path() / "asiofile-fuzz-XXXXXX").string();
  fuzz::require(::mkdtemp(root.data()) != nullptr, "there is a directory for the tree");
  for (const auto& [path, target] : tree()) {
    const std::string place = root + '/' + path;
    if (target == "/" && path.find("absolute") == std::string::npos)
      std::filesystem::create_directory(place);
    else if (target.empty())
      owned_fd(::open(place.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    else
      std::filesystem::create_symlink(target, place);
  }
  return root;
}

// Removed when the program ends.
struct tree_on_disk {
  tree_on_disk() : root(make_tree()), fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY)) {}
  ~tree_on_disk() { std::filesystem::remove_all(root); }
  tree_on_disk(const tree_on_disk&) = delete;
  tree_on_disk& operator=(const tree_on_disk&) = delete;

  const std::string root;
  const owned_fd fd;
};

// What is found: a path of the tree ("" for its root), or an errno value.
struct resolution {
  std::string path;
  int error = 0;
  // How many links were followed.
  int links = 0;
};

bool is_link(const std::string& target, const std::string& path) {
  return !target.empty() && (target != "/" || path == "absolute");
}

// Inserts the components of a path before the remaining ones. A slash at the end counts as ".":
// what is before it must be a directory (path_resolution(7)).
void prepend(std::deque<std::string>& left, std::string_view path) {
  std::deque<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const bool is_last = slash == std::string_view::npos;
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(is_last ? path.size() : slash + 1);
    if (!is_last && path.empty()) parts.emplace_back(".");
  }
  left.insert(left.begin(), parts.begin(), parts.end());
}

resolution resolve_counting(const std::string& path, int& links) {
  if (path.empty()) return {{}, ENOENT};
  if (path.front() == '/') return {{}, EXDEV};
  std::deque<std::string> left;
  prepend(left, path);
  std::string at;
  while (!left.empty()) {
    const std::string name = left.front();
    left.pop_front();
    const auto here = tree().find(at);
    const bool is_directory = at.empty() || here->second == "/";
    if (!is_directory) return {{}, ENOTDIR};
    if (name == ".") continue;
    if (name == "..") {
      if (at.empty()) return {{}, EXDEV};
      const std::size_t slash = at.rfind('/');
      at = slash == std::string::npos ? std::string() : at.substr(0, slash);
      continue;
    }
    const std::string next = at.empty() ? name : at + '/' + name;
    const auto found = tree().find(next);
    if (found == tree().end()) return {{}, ENOENT};
    if (!is_link(found->second, next)) {
      at = next;
      continue;
    }
    if (++links > links_max) return {{}, ELOOP};
    if (found->second.front() == '/') return {{}, EXDEV};
    prepend(left, found->second);
  }
  return {at, 0};
}

resolution resolve(const std::string& path) {
  int links = 0;
  resolution found = resolve_counting(path, links);
  found.links = links;
  return found;
}

std::string path_from(fuzz::input& in) {
  std::string path;
  const std::size_t count = in.below(8);
  for (std::size_t i = 0; i != count; ++i) {
    if (i != 0) path += '/';
    path += names()[in.below(names().size())];
  }
  // The rest of the input is used unchanged.
  path += in.take_rest();
  return path;
}

void check_opened(std::int64_t result, const resolution& expected, const std::string& root) {
  const owned_fd opened(result < 0 ? -1 : static_cast<int>(result));
  if (expected.error != 0) {
    fuzz::require(result == -expected.error, "what cannot be reached says why");
    return;
  }
  fuzz::require(result >= 0, "what can be reached is opened");
  struct stat is {};
  struct stat should_be {};
  fuzz::require(::fstat(opened.get(), &is) == 0 &&
                    ::lstat((root + '/' + expected.path).c_str(), &should_be) == 0 &&
                    is.st_ino == should_be.st_ino && is.st_dev == should_be.st_dev,
                "it is the file that the path leads to");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const tree_on_disk disk;
  fuzz::input in(bytes, size);
  const std::string path = path_from(in);
  constexpr int flags = asiofile::file_base::read_only;
  const bool is_longer_than_names_may_be = path.size() > 255;
  if (path.find('\0') != std::string::npos || is_longer_than_names_may_be) return 0;

  const resolution expected = resolve(path);
  const std::int64_t by_kernel = test_support::open_beneath_by_kernel(disk.fd.get(), path, flags);
  // If the kernel gives up its first, quicker walk (seen at "..", Linux 6.18), the second continues
  // the first one's count of links.
  const bool may_be_counted_twice = expected.links > links_max / 2;
  if (by_kernel != -ELOOP || !may_be_counted_twice) check_opened(by_kernel, expected, disk.root);
  check_opened(asiofile::detail::open_beneath_by_walk(disk.fd.get(), path, flags), expected,
               disk.root);
  return 0;
}
