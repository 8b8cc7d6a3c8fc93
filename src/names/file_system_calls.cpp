// The functions of `path_job.hpp`: what is done to names.

#include "system/owned_fd.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/path_job.hpp>
#include <asiofile/file_system.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace asiofile::detail {

namespace {

bool is_directory(int base, const char* path, int flags) noexcept {
  struct stat found;
  return system::fstatat(base, path, found, flags) == 0 && S_ISDIR(found.st_mode);
}

// ---- renaming

enum rename_flags : unsigned { no_replace_flag = 1, exchange_flag = 2 };  // of renameat2(2)

std::int64_t rename_with_flags(int base, const char* from, const char* to,
                               unsigned flags) noexcept {
  return or_error(system::renameat2(base, from, base, to, flags));
}

// A directory has no second link. But making one fails where the name exists, and renaming replaces
// an empty one.
std::int64_t rename_directory_to_new(int base, const char* from, const char* to) noexcept {
  if (system::mkdirat(base, to, 0700) == -1) return -errno;
  const std::int64_t result = or_error(system::renameat(base, from, base, to));
  if (result < 0) system::unlinkat(base, to, AT_REMOVEDIR);
  return result;
}

std::int64_t rename_by_link(int base, const char* from, const char* to) noexcept {
  if (system::linkat(base, from, base, to, 0) == -1) {
    const bool has_no_links = errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP;
    return has_no_links ? -EOPNOTSUPP : -errno;
  }
  const std::int64_t result = or_error(system::unlinkat(base, from, 0));
  if (result < 0) system::unlinkat(base, to, 0);
  return result;
}

std::int64_t rename_to_new(int base, const char* from, const char* to) noexcept {
  const std::int64_t result = rename_with_flags(base, from, to, no_replace_flag);
  // Not in this kernel, or not on this file system (or it is invalid for another reason, which the
  // other ways will tell too).
  if (result != -ENOSYS && result != -EINVAL) return result;
  return is_directory(base, from, AT_SYMLINK_NOFOLLOW) ? rename_directory_to_new(base, from, to)
                                                       : rename_by_link(base, from, to);
}

std::int64_t exchange_names(int base, const char* one, const char* other) noexcept {
  const std::int64_t result = rename_with_flags(base, one, other, exchange_flag);
  return result == -ENOSYS ? -EOPNOTSUPP : result;
}

// ---- directories

// 0 where it is there now.
std::int64_t ensure_directory(const path_call& call, const char* path) noexcept {
  const std::int64_t result = 
      or_error(system::mkdirat(call.base, path, static_cast<mode_t>(call.option)));
  return result == -EEXIST && is_directory(call.base, path, 0) ? 0 : result;
}

// The size of the path without its last component and the slashes before that; 0 where nothing is
// left. `size`: of the part of `path` that counts.
std::size_t parent_size(const std::string& path, std::size_t size) noexcept {
  while (size != 0 && path[size - 1] == '/') --size;
  while (size != 0 && path[size - 1] != '/') --size;
  while (size != 0 && path[size - 1] == '/') --size;
  return size;
}

// The size of the path that has one component more than the first `size` bytes.
std::size_t child_size(const std::string& path, std::size_t size) noexcept {
  while (size != path.size() && path[size] == '/') ++size;
  while (size != path.size() && path[size] != '/') ++size;
  return size;
}

}  // namespace

std::int64_t find_path_status(path_call& call) {
  const bool follow = static_cast<symlinks>(call.option) == symlinks::follow;
  return system::find_status(call.base, call.path.c_str(), follow, call.status);
}

std::int64_t rename_path(path_call& call) {
  const char* const from = call.path.c_str();
  const char* const to = call.other_path.c_str();
  switch (static_cast<rename_mode>(call.option)) {
    case rename_mode::replace: return or_error(system::renameat(call.base, from, call.base, to));
    case rename_mode::no_replace: return rename_to_new(call.base, from, to);
    case rename_mode::exchange: return exchange_names(call.base, from, to);
  }
  return -EINVAL;
}

std::int64_t remove_path(path_call& call) {
  const char* const path = call.path.c_str();
  const std::int64_t result = or_error(system::unlinkat(call.base, path, 0));
  // Of a directory: EISDIR on Linux, EPERM as POSIX has it.
  if (result != -EISDIR && result != -EPERM) return result;
  const std::int64_t as_directory = or_error(system::unlinkat(call.base, path, AT_REMOVEDIR));
  return as_directory == -ENOTDIR ? result : as_directory;
}

std::int64_t create_directory(path_call& call) {
  if ((call.option & ~07777U) != 0) return -EINVAL;
  return or_error(
      system::mkdirat(call.base, call.path.c_str(), static_cast<mode_t>(call.option)));
}

std::int64_t create_directories(path_call& call) {
  const std::string& path = call.path;
  std::int64_t result = ensure_directory(call, path.c_str());
  // Up to one that exists or can be made, then down again.
  std::size_t size = path.size();
  while (result == -ENOENT && (size = parent_size(path, size)) != 0)
    result = ensure_directory(call, path.substr(0, size).c_str());
  while (result == 0 && (size = child_size(path, size)) != path.size())
    result = ensure_directory(call, path.substr(0, size).c_str());
  return result == 0 ? ensure_directory(call, path.c_str()) : result;
}

std::int64_t link_path(path_call& call) {
  return or_error(
      system::linkat(call.base, call.path.c_str(), call.base, call.other_path.c_str(), 0));
}

std::int64_t create_symlink(path_call& call) {
  return or_error(system::symlinkat(call.path.c_str(), call.base, call.other_path.c_str()));
}

std::int64_t read_symlink(path_call& call) {
  // More than Linux allows (PATH_MAX); elsewhere it may have to grow.
  std::string text(4096, '\0');
  for (;;) {
    const ssize_t size =
        system::readlinkat(call.base, call.path.c_str(), text.data(), text.size());
    if (size == -1) return -errno;
    if (static_cast<std::size_t>(size) < text.size()) {
      text.resize(static_cast<std::size_t>(size));
      call.found_path = std::move(text);
      return 0;
    }
    text.resize(2 * text.size());
  }
}

std::int64_t sync_directory(path_call& call) {
  const owned_fd directory(
      system::openat(call.base, call.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return -errno;
  // An interrupted sync may have consumed the record of a failed write: it is never run again.
  call.may_repeat = false;
  return sync_file(directory.get(), operation_kind::sync_all);
}

std::int64_t create_temporary(path_call& call) {
  if (call.other_path.find('/') != std::string::npos) return -EINVAL;
  // An empty path names nothing, and not the root directory.
  if (call.path.empty()) return -ENOENT;
  std::string name = call.path;
  if (name.back() != '/') name += '/';
  name += call.other_path + "XXXXXX";
  const owned_fd made(system::mkostempat(call.base, name.data(), O_CLOEXEC));
  if (!made) return -errno;
  call.found_path = std::move(name);
  return 0;
}

}  // namespace asiofile::detail
