// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/newer_calls.hpp"

#include "system/status_conversion.hpp"
#include "system/statx.hpp"
#if defined(__linux__)
#include "system/control_call.hpp"
#endif

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/fs.h>
#include <sys/syscall.h>
#endif

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

namespace {

#if defined(__linux__) && defined(STATX_BASIC_STATS)

constexpr unsigned status_mask = STATX_BASIC_STATS | STATX_BTIME;
constexpr unsigned unique_mount_mask = 0x4000;  // STATX_MNT_ID_UNIQUE, Linux 6.8

// -ENOSYS if the call may be missing.
std::int64_t ask_statx(int base, const char* path, int flags, file_status& found) noexcept {
  struct statx status;
  const std::int64_t result = or_error(call_statx(base, path, flags, status_mask, status));
  if (result == 0) found = status_from(status);
  return may_be_missing(result) ? -ENOSYS : result;
}

constexpr std::size_t mount_position = 0x90;  // stx_mnt_id

std::int64_t look_by_statx(int fd, int flags, first_look& found) noexcept {
  struct statx status;
  constexpr unsigned wanted = status_mask | unique_mount_mask;
  const std::int64_t result =
      or_error(call_statx(fd, "", AT_EMPTY_PATH | flags, wanted, status));
  if (result < 0) return may_be_missing(result) ? -ENOSYS : result;
  found.status = status_from(status);
  found.mode = status.stx_mode;
  const bool has_mount = (status.stx_mask & unique_mount_mask) != 0;
  found.file_system = has_mount
                          ? file_system_id{field_at<std::uint64_t>(status, mount_position), true,
                                           true}
                          : id_of_device(static_cast<dev_t>(found.status.device));
  return 0;
}

#else

std::int64_t look_by_statx(int, int, first_look&) noexcept { return -ENOSYS; }

std::int64_t ask_statx(int, const char*, int, file_status&) noexcept { return -ENOSYS; }

#endif

#if defined(__linux__) && defined(SYS_renameat2)

// Whether a sandbox refuses the call as such: the kernel would check the flags first.
bool is_renameat2_refused() noexcept {
  constexpr unsigned no_such_flag = 0x8000'0000;
  return or_error(::syscall(SYS_renameat2, -1, "", -1, "", no_such_flag)) == -EPERM;
}

#endif

}  // namespace

std::int64_t take_first_look(int fd, first_look& found) noexcept {
  const std::int64_t result = look_by_statx(fd, 0, found);
  if (result != -ENOSYS) return result;
  struct stat status;
  if (::fstat(fd, &status) == -1) return -errno;
  found = look_from(status);
  return 0;
}

std::int64_t look_without_waiting([[maybe_unused]] int fd,
                                  [[maybe_unused]] first_look& found) noexcept {
#if defined(AT_STATX_DONT_SYNC)
  const std::int64_t result = look_by_statx(fd, AT_STATX_DONT_SYNC, found);
  return result == 0 && !found.file_system.is_lasting ? -EAGAIN
         : result == -ENOSYS                          ? -EAGAIN
                                                      : result;
#else
  return -EAGAIN;
#endif
}

std::int64_t find_status(int fd, file_status& found) noexcept {
#if defined(AT_EMPTY_PATH)
  const std::int64_t result = ask_statx(fd, "", AT_EMPTY_PATH, found);
  if (result != -ENOSYS) return result;
#endif
  struct stat status;
  if (::fstat(fd, &status) == -1) return -errno;
  found = status_from(status);
  return 0;
}

std::int64_t find_status_at(int base, const char* path, bool follow, file_status& found) noexcept {
  const int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  const std::int64_t result = ask_statx(base, path, flags, found);
  if (result != -ENOSYS) return result;
  struct stat status;
  if (::fstatat(base, path, &status, flags) == -1) return -errno;
  found = status_from(status);
  return 0;
}

std::int64_t rename_with_flags([[maybe_unused]] int from_base, [[maybe_unused]] const char* from,
                               [[maybe_unused]] int to_base, [[maybe_unused]] const char* to,
                               [[maybe_unused]] unsigned flags) noexcept {
#if defined(__linux__) && defined(SYS_renameat2)
  const std::int64_t result =
      or_error(::syscall(SYS_renameat2, from_base, from, to_base, to, flags));
  return result == -EPERM && is_renameat2_refused() ? -ENOSYS : result;
#else
  return -ENOSYS;
#endif
}

std::int64_t may_write([[maybe_unused]] int fd) noexcept {
#if defined(__linux__) && defined(SYS_faccessat2)
  // Not by faccessat(3), which without this call decides by the mode, ignoring access lists.
  return or_error(::syscall(SYS_faccessat2, fd, "", W_OK, AT_EACCESS | AT_EMPTY_PATH));
#else
  return -ENOSYS;
#endif
}

inode_flags find_inode_flags([[maybe_unused]] int base,
                             [[maybe_unused]] const char* path) noexcept {
#if defined(__linux__) && defined(STATX_ATTR_APPEND) && defined(STATX_ATTR_IMMUTABLE)
  struct statx status;
  constexpr std::uint64_t wanted = STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE;
  if (call_statx(base, path, AT_SYMLINK_NOFOLLOW, 0, status) == 0 &&
      (status.stx_attributes_mask & wanted) == wanted) {
    return {.append_only = (status.stx_attributes & STATX_ATTR_APPEND) != 0,
            .immutable = (status.stx_attributes & STATX_ATTR_IMMUTABLE) != 0};
  }
#endif
#if defined(FS_IOC_GETFLAGS)
  const int fd = ::openat(base, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd == -1) return {};
  // The kernel writes an int, whatever the request's number says.
  int flags = 0;
  const bool is_known = call_ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
  ::close(fd);
  if (is_known)
    return {.append_only = (flags & FS_APPEND_FL) != 0,
            .immutable = (flags & FS_IMMUTABLE_FL) != 0};
#endif
  return {};
}

}  // namespace asiofile::detail
