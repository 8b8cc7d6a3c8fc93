// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// System calls that not every kernel has, and that a sandbox may not know: such a one refuses them
// with ENOSYS, or with EPERM, which might be the file's answer as well. Either way the older call
// is made, if there is one, and its result counts.
//
// Functions return 0, or an errno value, negated.

#include "system/system_calls.hpp"

#include <asiofile/file_status.hpp>

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Whether a result says that the call itself may not be there.
constexpr bool may_be_missing(std::int64_t result) noexcept {
  return result == -ENOSYS || result == -EPERM;
}

// statx(2), or fstat(2).
std::int64_t find_status(int fd, file_status& found) noexcept;
// The same and all else that one such call tells.
std::int64_t take_first_look(int fd, first_look& found) noexcept;
// statx(2) as far as the kernel knows without asking a server (AT_STATX_DONT_SYNC), which does not
// wait. -EAGAIN where there is no such call, or the file system is not told for certain.
std::int64_t look_without_waiting(int fd, first_look& found) noexcept;
// statx(2), or fstatat(2).
std::int64_t find_status_at(int base, const char* path, bool follow, file_status& found) noexcept;

// renameat2(2). No older call takes flags: -ENOSYS where there is none, or the sandbox knows none.
std::int64_t rename_with_flags(int from_base, const char* from, int to_base, const char* to,
                               unsigned flags) noexcept;

// faccessat2(2) of an open file, also one that is open as a place only (O_PATH): whether the
// process may write to it, with its effective user and capabilities. -ENOSYS or -EPERM where the
// call may be missing: no older one asks that of a descriptor.
std::int64_t may_write(int fd) noexcept;

// statx(2), or ioctl_iflags(2). A symbolic link at the end is not followed, unless by a slash.
// Neither where nobody says so.
inode_flags find_inode_flags(int base, const char* path) noexcept;

}  // namespace asiofile::detail
