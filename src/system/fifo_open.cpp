// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/fifo_open.hpp"

#include "system/system_calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace asiofile::detail {

bool names_fifo(system_calls& system, int base, const char* path) noexcept {
  struct stat found;
  return system.fstatat(base, path, found, 0) == 0 && S_ISFIFO(found.st_mode);
}

std::int64_t open_without_peer(system_calls& system, int base, const char* path, int flags,
                               mode_t mode) noexcept {
  const std::int64_t fd = system.openat(base, path, flags | O_NONBLOCK, mode);
  // Also returned for a device that does not exist.
  if (fd == -ENXIO && names_fifo(system, base, path)) return -EAGAIN;
  // Another process has a lease on the file and is being asked to give it up (fcntl(2)): worth
  // waiting for.
  if (fd == -EAGAIN) return system.openat(base, path, flags, mode);
  return fd;
}

}  // namespace asiofile::detail
