// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/lock_and_space.hpp"

#include "system/system_calls.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/falloc.h>
#endif
#if !defined(F_OFD_SETLK)
#include <sys/file.h>
#endif

#include <cerrno>

namespace asiofile::detail {

namespace {

#if defined(__linux__)

int native_mode(space_change change) noexcept {
  switch (change) {
    case space_change::allocate: return 0;
    case space_change::allocate_keep_size: return FALLOC_FL_KEEP_SIZE;
    case space_change::punch_hole: return FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    case space_change::zero: return FALLOC_FL_ZERO_RANGE;
    case space_change::zero_keep_size: return FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;
  }
  return -1;
}

#endif

#if !defined(F_OFD_SETLK)

int native_operation(int type) noexcept {
  switch (type) {
    case F_RDLCK: return LOCK_SH | LOCK_NB;
    case F_WRLCK: return LOCK_EX | LOCK_NB;
    default: return LOCK_UN;
  }
}

#endif

}  // namespace

std::int64_t call_fallocate([[maybe_unused]] int fd, [[maybe_unused]] space_change change,
                            [[maybe_unused]] off_t offset,
                            [[maybe_unused]] off_t length) noexcept {
#if defined(__linux__)
  return or_error(::fallocate(fd, native_mode(change), offset, length));
#else
  return -EOPNOTSUPP;
#endif
}

std::int64_t call_set_lock(int fd, int type, off_t offset, off_t length) noexcept {
#if defined(F_OFD_SETLK)
  struct flock wanted {};
  wanted.l_type = static_cast<short>(type);
  wanted.l_whence = SEEK_SET;
  wanted.l_start = offset;
  wanted.l_len = length;
  const auto set = [&] { return or_error(::fcntl(fd, F_OFD_SETLK, &wanted)); };
  const std::int64_t result = set();
  if (result != -EACCES || type == F_UNLCK) return result;
  // Some file systems report EACCES for a lock that another open file has (fcntl(2); cifs), and so
  // does a security module (AppArmor, SELinux) for a program that may not lock, where the lock must
  // not be retried.
  struct flock holder = wanted;
  const bool is_held = ::fcntl(fd, F_OFD_GETLK, &holder) == 0 && holder.l_type != F_UNLCK;
  return is_held ? -EAGAIN : set();
#else
  if (offset != 0 || length != 0) return -EOPNOTSUPP;
  return or_error(::flock(fd, native_operation(type)));
#endif
}

}  // namespace asiofile::detail
