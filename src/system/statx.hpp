// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// statx(2), also for a C library that does not know it (musl before 1.2.5). STATX_BASIC_STATS is
// defined if there is such a call.

#include <sys/stat.h>

#if defined(__linux__)
#if !defined(STATX_BASIC_STATS)
#include <linux/stat.h>
#endif
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace asiofile::detail {

inline int call_statx(int base, const char* path, int flags, unsigned wanted,
                      struct ::statx& found) noexcept {
  return static_cast<int>(::syscall(SYS_statx, base, path, flags, wanted, &found));
}

static_assert(sizeof(struct ::statx) == 256, "statx(2): the kernel's structure");

// A field that headers may not know, at its position in the kernel's structure.
template <typename Field = std::uint32_t>
Field field_at(const struct ::statx& found, std::size_t position) noexcept {
  Field value = 0;
  std::memcpy(&value, reinterpret_cast<const char*>(&found) + position, sizeof value);
  return value;
}

}  // namespace asiofile::detail
#endif
