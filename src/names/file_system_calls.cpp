// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The functions of `path_job.hpp`, which work on names.

#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/path_call.hpp>
#include <asiofile/name_options.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace asiofile::detail {

namespace {

bool is_directory(const path_call& call, const char* path, int flags) noexcept {
  struct stat found;
  return call.system->fstatat(call.base, path, found, flags) == 0 && S_ISDIR(found.st_mode);
}

// ---- renaming

enum rename_flags : unsigned { no_replace_flag = 1, exchange_flag = 2 };  // of renameat2(2)

// Renames the call's path to its other path.
std::int64_t rename_with_flags(const path_call& call, unsigned flags) noexcept {
  return call.system->renameat2(call.base, call.path.c_str(), call.base, call.other_path.c_str(),
                                flags);
}

std::int64_t rename_plainly(const path_call& call) noexcept {
  return call.system->renameat(call.base, call.path.c_str(), call.base, call.other_path.c_str());
}

// Whether a new name of a file could be removed again, judging by the name's directory.
bool may_undo(const path_call& call, const struct stat& file) {
  const std::string directory = parent_of(call.other_path);
  if (call.system->flags_at(call.base, directory.c_str()).append_only) return false;
  struct stat found;
  if (call.system->fstatat(call.base, directory.c_str(), found, 0) < 0) return true;
  const uid_t user = ::geteuid();
  const bool is_others = file.st_uid != user && found.st_uid != user && user != 0;
  return (found.st_mode & S_ISVTX) == 0 || !is_others;
}

// A directory has no second link. But making one fails where the name exists, and renaming replaces
// an empty one.
std::int64_t rename_directory_to_new(const path_call& call) noexcept {
  const char* const to = call.other_path.c_str();
  if (const std::int64_t made = call.system->mkdirat(call.base, to, 0700); made < 0) return made;
  const std::int64_t result = rename_plainly(call);
  if (result < 0) call.system->unlinkat(call.base, to, AT_REMOVEDIR);
  return result;
}

std::int64_t rename_by_link(const path_call& call) noexcept {
  const char* const from = call.path.c_str();
  const char* const to = call.other_path.c_str();
  const std::int64_t linked = call.system->linkat(call.base, from, call.base, to, 0);
  if (linked == -EPERM) {
    const inode_flags flags = call.system->flags_at(call.base, from);
    return flags.append_only || flags.immutable ? -EPERM : -EOPNOTSUPP;
  }
  if (linked < 0) return linked == -ENOSYS ? -EOPNOTSUPP : linked;
  const std::int64_t result = call.system->unlinkat(call.base, from, 0);
  if (result < 0) call.system->unlinkat(call.base, to, 0);
  return result;
}

std::int64_t rename_to_new(const path_call& call) {
  const std::int64_t result = rename_with_flags(call, no_replace_flag);
  // Not supported by this kernel or file system (or invalid for another reason, which the other
  // ways will report, too).
  if (result != -ENOSYS && result != -EINVAL) return result;
  struct stat found;
  const std::int64_t there =
      call.system->fstatat(call.base, call.path.c_str(), found, AT_SYMLINK_NOFOLLOW);
  if (there < 0) return there;
  // A failure half-way must not leave a second name behind.
  if (!may_undo(call, found)) return -EPERM;
  return S_ISDIR(found.st_mode) ? rename_directory_to_new(call) : rename_by_link(call);
}

std::int64_t exchange_names(const path_call& call) noexcept {
  const std::int64_t result = rename_with_flags(call, exchange_flag);
  return result == -ENOSYS ? -EOPNOTSUPP : result;
}

// ---- directories

// Returns 0 if the directory exists now.
std::int64_t ensure_directory(const path_call& call, const char* path) noexcept {
  const std::int64_t result =
      call.system->mkdirat(call.base, path, static_cast<mode_t>(call.option));
  return result == -EEXIST && is_directory(call, path, 0) ? 0 : result;
}

// The size of the path without its last component and the slashes before that; 0 if nothing is
// left. `size`: of the part of `path` to consider.
std::size_t parent_size(const std::string& path, std::size_t size) noexcept {
  while (size != 0 && path[size - 1] == '/') --size;
  while (size != 0 && path[size - 1] != '/') --size;
  while (size != 0 && path[size - 1] == '/') --size;
  return size;
}

// The size of the path with one component more than its first `size` bytes have.
std::size_t child_size(const std::string& path, std::size_t size) noexcept {
  while (size != path.size() && path[size] == '/') ++size;
  while (size != path.size() && path[size] != '/') ++size;
  return size;
}

}  // namespace

std::int64_t find_path_status(path_call& call) {
  const bool follow = static_cast<symlinks>(call.option) == symlinks::follow;
  return call.system->path_status(call.base, call.path.c_str(), follow, call.status);
}

std::int64_t rename_path(path_call& call) {
  switch (static_cast<rename_mode>(call.option)) {
    case rename_mode::replace: return rename_plainly(call);
    case rename_mode::no_replace: return rename_to_new(call);
    case rename_mode::exchange: return exchange_names(call);
  }
  return -EINVAL;
}

std::int64_t remove_path(path_call& call) {
  const char* const path = call.path.c_str();
  const std::int64_t result = call.system->unlinkat(call.base, path, 0);
  // For a directory: EISDIR on Linux, EPERM by POSIX.
  if (result != -EISDIR && result != -EPERM) return result;
  const std::int64_t as_directory = call.system->unlinkat(call.base, path, AT_REMOVEDIR);
  return as_directory == -ENOTDIR ? result : as_directory;
}

std::int64_t create_directory(path_call& call) {
  if ((call.option & ~07777U) != 0) return -EINVAL;
  return call.system->mkdirat(call.base, call.path.c_str(), static_cast<mode_t>(call.option));
}

std::int64_t create_directories(path_call& call) {
  const std::string& path = call.path;
  std::int64_t result = ensure_directory(call, path.c_str());
  // Goes up to a directory that exists or can be made, then down again.
  std::size_t size = path.size();
  while (result == -ENOENT && (size = parent_size(path, size)) != 0)
    result = ensure_directory(call, path.substr(0, size).c_str());
  while (result == 0 && (size = child_size(path, size)) != path.size())
    result = ensure_directory(call, path.substr(0, size).c_str());
  return result == 0 ? ensure_directory(call, path.c_str()) : result;
}

std::int64_t link_path(path_call& call) {
  return call.system->linkat(call.base, call.path.c_str(), call.base, call.other_path.c_str(), 0);
}

std::int64_t create_symlink(path_call& call) {
  return call.system->symlinkat(call.path.c_str(), call.base, call.other_path.c_str());
}

std::int64_t read_symlink(path_call& call) {
  // More than Linux allows (PATH_MAX); on other systems it may have to grow.
  std::string text(4096, '\0');
  for (;;) {
    const std::int64_t size =
        call.system->readlinkat(call.base, call.path.c_str(), text.data(), text.size());
    if (size < 0) return size;
    if (static_cast<std::size_t>(size) < text.size()) {
      text.resize(static_cast<std::size_t>(size));
      call.found_path = std::move(text);
      return 0;
    }
    text.resize(2 * text.size());
  }
}

std::int64_t sync_directory(path_call& call) {
  const std::int64_t fd =
      call.system->openat(call.base, call.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  // An interrupted sync may have consumed the record of a failed write: it is never repeated.
  call.may_repeat = false;
  const std::int64_t result = call.system->fsync(static_cast<int>(fd));
  call.system->close(static_cast<int>(fd));
  return result;
}

std::int64_t create_temporary(path_call& call) {
  if (call.other_path.find('/') != std::string::npos) return -EINVAL;
  // An empty path names nothing, and not the root directory.
  if (call.path.empty()) return -ENOENT;
  std::string name = call.path;
  if (name.back() != '/') name += '/';
  name += call.other_path + "XXXXXX";
  const std::int64_t fd = open_unlikely(*call.system, call.base, name.data(), O_CLOEXEC);
  if (fd < 0) return fd;
  call.system->close(static_cast<int>(fd));
  call.found_path = std::move(name);
  return 0;
}

}  // namespace asiofile::detail
