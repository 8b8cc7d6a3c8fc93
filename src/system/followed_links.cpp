// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/followed_links.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

namespace asiofile::detail {

namespace {

// If the system does not say, assumes that it does.
bool links_are_protected() noexcept {
#if defined(__linux__)
  const int setting = ::open("/proc/sys/fs/protected_symlinks", O_RDONLY | O_CLOEXEC);
  if (setting == -1) return true;
  char value = '1';
  const bool is_read = ::read(setting, &value, 1) == 1;
  ::close(setting);
  return !is_read || value != '0';
#else
  return false;
#endif
}

}  // namespace

bool may_follow(const struct stat& directory, const struct stat& link) noexcept {
  constexpr mode_t shared_by_all = S_ISVTX | S_IWOTH;
  if ((directory.st_mode & shared_by_all) != shared_by_all) return true;
  const bool is_trusted = link.st_uid == ::geteuid() || link.st_uid == directory.st_uid;
  return is_trusted || !links_are_protected();
}

bool has_magic_links([[maybe_unused]] int directory) noexcept {
#if defined(__linux__)
  constexpr ino_t top_inode = 1;  // PROC_ROOT_INO, include/linux/proc_ns.h
  struct statfs system;
  struct stat found;
  if (::fstatfs(directory, &system) == -1 || system.f_type != PROC_SUPER_MAGIC) return false;
  return ::fstat(directory, &found) == -1 || found.st_ino != top_inode;
#else
  return false;
#endif
}

}  // namespace asiofile::detail
