// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/beneath_walk.hpp"

#include "system/beneath_open.hpp"
#include "system/followed_links.hpp"
#include "system/owned_fd.hpp"
#include "system/posix_calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace asiofile::detail {

namespace {

// Linux's limit: PATH_MAX, the final zero byte included.
constexpr std::size_t path_bytes_max = 4096;

constexpr int passing_flags = directory_place_flags | O_NOFOLLOW;

// With O_PATH and O_NOFOLLOW a link itself is opened.
bool is_place([[maybe_unused]] int open_flags) noexcept {
#if defined(O_PATH)
  return (open_flags & O_PATH) != 0;
#else
  return false;
#endif
}
// What open(2) reports for a link with O_NOFOLLOW: ELOOP by POSIX, EMLINK on FreeBSD, EFTYPE on
// NetBSD; and with O_DIRECTORY, on Linux, that it is no directory.
bool may_be_link(std::int64_t result, bool wants_directory) noexcept {
#if defined(EFTYPE)
  if (result == -EFTYPE) return true;
#endif
  return result == -ELOOP || result == -EMLINK || (wants_directory && result == -ENOTDIR);
}

bool is_link(std::int64_t opened) noexcept {
  struct stat found;
  return opened >= 0 && ::fstat(static_cast<int>(opened), &found) == 0 && S_ISLNK(found.st_mode);
}

class beneath_walk {
 public:
  beneath_walk(int root, const std::string& path, int open_flags, std::uint32_t permissions)
      : root_(root), open_flags_(open_flags), permissions_(permissions), rest_(path) {}

  std::int64_t run();

 private:
  // A value that no system call returns: `rest_` has changed, so continue with its first component.
  static constexpr std::int64_t again = -(std::int64_t{1} << 32);

  [[nodiscard]] int here() const noexcept { return below_.empty() ? root_ : below_.back().get(); }
  std::int64_t enter(const std::string& name, std::size_t next);
  std::int64_t leave() noexcept;
  std::int64_t open_last(std::string name, bool has_slash);
  std::int64_t follow(const std::string& name, std::string_view behind, std::int64_t otherwise);
  [[nodiscard]] bool may_follow_last(const std::string& name) const noexcept;

  const int root_;
  const int open_flags_;
  const std::uint32_t permissions_;
  // What is still to be walked. Only its first component has been looked at.
  std::string rest_;
  // The directories between the root and here.
  std::vector<owned_fd> below_;
  int links_followed_ = 0;
};

std::int64_t beneath_walk::run() {
  if (rest_.empty()) return -ENOENT;
  if (rest_.size() >= path_bytes_max) return -ENAMETOOLONG;
  for (;;) {
    if (rest_.front() == '/') return -EXDEV;
    const std::size_t end = std::min(rest_.find('/'), rest_.size());
    const std::size_t next = std::min(rest_.find_first_not_of('/', end), rest_.size());
    const std::string name = rest_.substr(0, end);
    const bool is_last = next == rest_.size();
    const std::int64_t result = is_last ? open_last(name, end != next) : enter(name, next);
    if (result == again) continue;
    if (is_last || result < 0) return result;
    rest_.erase(0, next);
  }
}

// Enters a directory; `next` is where in `rest_` the component after it begins.
std::int64_t beneath_walk::enter(const std::string& name, std::size_t next) {
  if (name == ".") return 0;
  if (name == "..") return leave();
  owned_fd entered(::openat(here(), name.c_str(), passing_flags));
  if (entered) {
    below_.push_back(std::move(entered));
    return 0;
  }
  const int error = errno;
  if (!may_be_link(-error, true)) return -error;
  return follow(name, '/' + rest_.substr(next), -error);
}

std::int64_t beneath_walk::leave() noexcept {
  // Checks that this directory may be searched, which ".." needs like any other name in it.
  struct stat found;
  if (::fstatat(here(), ".", &found, 0) == -1) return -errno;
  if (below_.empty()) return -EXDEV;
  below_.pop_back();
  return 0;
}

std::int64_t beneath_walk::open_last(std::string name, bool has_slash) {
  if (name == "..") {
    if (const std::int64_t result = leave(); result < 0) return result;
    name.assign(1, '.');
  }
  const bool is_name = name != ".";
  if (is_name && has_slash && (open_flags_ & O_CREAT) != 0) return -EISDIR;
  // Never with the slash: it would make the kernel follow the last link in spite of O_NOFOLLOW
  // (path_resolution(7)).
  const int last_flags = O_NOFOLLOW | (has_slash ? O_DIRECTORY : 0);
  std::int64_t result = open_at(*kernel_calls(), here(), name.c_str(),
                                open_flags_ | (is_name ? last_flags : 0), permissions_);
  const bool is_to_be_followed = has_slash || (open_flags_ & O_NOFOLLOW) == 0;
  if (!is_name || !is_to_be_followed) return result;
  if (is_place(open_flags_) && is_link(result)) {
    ::close(static_cast<int>(result));
    result = -ELOOP;
  }
  if (!may_be_link(result, has_slash || (open_flags_ & O_DIRECTORY) != 0)) return result;
  if (!may_follow_last(name)) return -EACCES;
  return follow(name, has_slash ? "/" : "", result);
}

// Replaces a link's name by its target, followed by `behind`. `otherwise`: what to return if it is
// no link.
std::int64_t beneath_walk::follow(const std::string& name, std::string_view behind,
                                  std::int64_t otherwise) {
  char text[path_bytes_max];
  const ssize_t size = ::readlinkat(here(), name.c_str(), text, sizeof text);
  if (size == -1) return errno == EINVAL ? otherwise : -errno;
  if (++links_followed_ > links_followed_max) return -ELOOP;
  if (static_cast<std::size_t>(size) == sizeof text) return -ENAMETOOLONG;
  if (size == 0) return -ENOENT;
  if (has_magic_links(here())) return -ELOOP;
  rest_.assign(text, static_cast<std::size_t>(size)).append(behind);
  return again;
}

bool beneath_walk::may_follow_last(const std::string& name) const noexcept {
  struct stat directory;
  struct stat link;
  if (::fstat(here(), &directory) == -1) return true;
  if (::fstatat(here(), name.c_str(), &link, AT_SYMLINK_NOFOLLOW) == -1) return true;
  return !S_ISLNK(link.st_mode) || may_follow(directory, link);
}

}  // namespace

std::int64_t open_beneath_by_walk(int root, const std::string& path, int open_flags,
                                  std::uint32_t permissions) noexcept {
  try {
    return beneath_walk(root, path, open_flags, permissions).run();
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

}  // namespace asiofile::detail
