// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// System calls that not every kernel has, and that a sandbox may not know: it refuses them with
// ENOSYS, or with EPERM, which may also be the error for the file itself. Either way the older call
// is made, if there is one, and its result counts.
//
// Functions return 0, or an errno value, negated.

#include "system/system_calls.hpp"

#include <asiofile/file_status.hpp>

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Whether a result says that the call itself may be missing.
constexpr bool may_be_missing(std::int64_t result) noexcept {
  return result == -ENOSYS || result == -EPERM;
}

// statx(2), or fstat(2).
std::int64_t find_status(int fd, file_status& found) noexcept;
// The same and everything else that one such call reports.
std::int64_t take_first_look(int fd, first_look& found) noexcept;
// statx(2) as far as the kernel knows without asking a server (AT_STATX_DONT_SYNC), which does not
// wait. -EAGAIN if there is no such call, or it does not identify the file system for certain.
std::int64_t look_without_waiting(int fd, first_look& found) noexcept;
// statx(2), or fstatat(2).
std::int64_t find_status_at(int base, const char* path, bool follow, file_status& found) noexcept;

// renameat2(2). No older call takes flags: -ENOSYS if there is none, or the sandbox does not know
// it.
std::int64_t rename_with_flags(int from_base, const char* from, int to_base, const char* to,
                               unsigned flags) noexcept;

// faccessat2(2) of an open file, also one that is open with O_PATH: whether the process may write
// to it, with its effective user and capabilities. -ENOSYS or -EPERM if the call may be missing: no
// older call checks that for a descriptor.
std::int64_t may_write(int fd) noexcept;

// statx(2), or ioctl_iflags(2). A symbolic link at the end is not followed, unless a slash follows
// it. No flags if neither call reports any.
inode_flags find_inode_flags(int base, const char* path) noexcept;

}  // namespace asiofile::detail
