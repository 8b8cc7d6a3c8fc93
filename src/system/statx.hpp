// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// statx(2), also for a C library that does not know it: musl before 1.2.5. STATX_BASIC_STATS is
// defined where there is such a call.

#include <sys/stat.h>

#if defined(__linux__)
#if !defined(STATX_BASIC_STATS)
#include <linux/stat.h>
#endif
#include <sys/syscall.h>
#include <unistd.h>

namespace asiofile::detail {

inline int call_statx(int base, const char* path, int flags, unsigned wanted,
                      struct ::statx& found) noexcept {
  return static_cast<int>(::syscall(SYS_statx, base, path, flags, wanted, &found));
}

}  // namespace asiofile::detail
#endif
