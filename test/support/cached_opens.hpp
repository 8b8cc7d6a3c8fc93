// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Whether this system can open files by its caches alone: openat2(2) with RESOLVE_CACHED (Linux
// 5.12), and mount numbers that are never reused (Linux 6.8). False with the calls of an older
// kernel, or in a sandbox.

#include "linux_only.hpp"
#include "skip.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/stat.h>
#include <sys/syscall.h>
#endif

#include <cstdint>

namespace test_support {

inline bool has_cached_opens() {
  if (!has_linux("openat2(2) with RESOLVE_CACHED")) return false;
#if defined(__linux__) && defined(SYS_openat2)
  constexpr std::uint64_t resolve_cached = 0x20;
  const std::uint64_t how[3] = {O_RDONLY | O_CLOEXEC, 0, resolve_cached};
  const long opened = ::syscall(SYS_openat2, AT_FDCWD, "/", how, sizeof how);
  constexpr unsigned unique_mount = 0x4000;
  struct statx found {};
  const long asked = ::syscall(SYS_statx, opened, "", AT_EMPTY_PATH, unique_mount, &found);
  if (opened != -1) ::close(static_cast<int>(opened));
  if (asked == 0 && (found.stx_mask & unique_mount) != 0) return true;
#endif
  skip("neither RESOLVE_CACHED nor unique numbers of mounts");
  return false;
}

}  // namespace test_support
