// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Shuts a mounted file system down as a power cut would (ext4, xfs): what is not on the device is
// lost.

#include "child_process.hpp"

#include <sys/ioctl.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace test_support {

inline void cut_power(const std::string& mounted) {
  constexpr auto going_down = _IOR('X', 125, std::uint32_t);  // FS_IOC_SHUTDOWN
  std::uint32_t without_log_flush = 2;
  const int fd = ::open(mounted.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  child_require(fd != -1 && ::ioctl(fd, going_down, &without_log_flush) == 0, "FS_IOC_SHUTDOWN");
  ::close(fd);
}

}  // namespace test_support
