// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The system calls of the contenders that block.

#include "../worker/slot.hpp"
#include "../worker/task.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace benchmark {

// Bytes transferred, or a negative errno value.
inline std::int64_t transfer_blocking(int fd, const slot& each) noexcept {
  const auto offset = static_cast<::off_t>(each.offset());
  const ::ssize_t result = each.is_write() ? ::pwrite(fd, each.buffer(), each.size(), offset)
                                           : ::pread(fd, each.buffer(), each.size(), offset);
  return result < 0 ? -errno : result;
}

inline std::int64_t write_durably(int fd, const slot& each) noexcept {
  const iovec place{each.buffer(), each.size()};
  const ::ssize_t result =
      ::pwritev2(fd, &place, 1, static_cast<::off_t>(each.offset()), RWF_DSYNC);
  return result < 0 ? -errno : result;
}

// The same, made durable as the task requires.
inline std::int64_t transfer_and_sync_blocking(int fd, const slot& each,
                                               durability durable) noexcept {
  if (durable == durability::rwf_dsync) return write_durably(fd, each);
  const std::int64_t result = transfer_blocking(fd, each);
  if (durable != durability::fdatasync || result < 0) return result;
  return ::fdatasync(fd) == 0 ? result : -errno;
}

}  // namespace benchmark
