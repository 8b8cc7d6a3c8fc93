// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// openat2(2), even if the C library's headers do not know it.

#include <fcntl.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// `resolve`: see linux/openat2.h, which not every system has.
namespace resolve_flag {
inline constexpr std::uint64_t no_magic_links = 0x02;
inline constexpr std::uint64_t beneath = 0x08;
inline constexpr std::uint64_t cached = 0x20;  // Linux 5.12
}  // namespace resolve_flag

// -ENOSYS if the system has no such call.
inline std::int64_t call_openat2([[maybe_unused]] int base, [[maybe_unused]] const char* path,
                                 [[maybe_unused]] int flags, [[maybe_unused]] std::uint32_t mode,
                                 [[maybe_unused]] std::uint64_t resolve) noexcept {
#if defined(__linux__) && defined(SYS_openat2)
  struct {
    std::uint64_t flags;
    std::uint64_t mode;
    std::uint64_t resolve;
  } how{};
  how.flags = static_cast<unsigned>(flags);
#if defined(O_LARGEFILE)
  // As the C library's open(2) does, if O_LARGEFILE is not 0; refused together with O_PATH.
  if ((flags & O_PATH) == 0) how.flags |= static_cast<unsigned>(O_LARGEFILE);
#endif
  // The call refuses a mode that would have no effect.
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = resolve;
  const long fd = ::syscall(SYS_openat2, base, path, &how, sizeof how);
  return fd == -1 ? -errno : fd;
#else
  return -ENOSYS;
#endif
}

}  // namespace asiofile::detail
