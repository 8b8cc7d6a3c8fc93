// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// ioctl(2), whose request is an int in musl and an unsigned long elsewhere.

#include <sys/ioctl.h>

namespace asiofile::detail {

template <typename Argument>
int call_ioctl(int fd, unsigned long request, Argument argument) noexcept {
#if defined(__linux__) && !defined(__GLIBC__)
  return ::ioctl(fd, static_cast<int>(request), argument);
#else
  return ::ioctl(fd, request, argument);
#endif
}

}  // namespace asiofile::detail
