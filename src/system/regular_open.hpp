// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening what is a regular file, and nothing else: `file_base::regular_only`.

#include "system/system_calls.hpp"

#include <asiofile/file_base.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

namespace asiofile::detail {

constexpr bool is_regular_only(int open_flags) noexcept {
  return (static_cast<unsigned>(open_flags) & file_base::regular_only) != 0;
}

// 0 for a regular file.
inline std::int64_t refuse_irregular(mode_t mode) noexcept {
  if (S_ISREG(mode)) return 0;
  if (S_ISLNK(mode)) return -ELOOP;
  return S_ISDIR(mode) ? -EISDIR : -EOPNOTSUPP;
}

inline constexpr int lease_waits_max = 6000;

// `open(added_flags)` opens it and returns a descriptor or an errno value, negated; `look(found)`
// looks at what would be opened, without opening it, because opening a device may have effects. If
// something else takes the name meanwhile, it is not waited for, and is closed again.
template <typename Look, typename Open>
std::int64_t open_regular(system_calls& system, int open_flags, const Look& look,
                          const Open& open) noexcept {
  struct stat found;
  const auto refused = [&] { return look(found) < 0 ? 0 : refuse_irregular(found.st_mode); };
  if (const std::int64_t result = refused(); result < 0) return result;
  std::int64_t fd = open(O_NONBLOCK | O_NOCTTY);
  // Another process has a lease on the file and is being asked to give it up (fcntl(2)), usually
  // within 45 seconds. If a FIFO takes the name meanwhile, this must not wait for its other end.
  for (int i = 0; fd == -EAGAIN && i != lease_waits_max; ++i) {
    constexpr timespec pause{0, 10'000'000};
    if (::nanosleep(&pause, nullptr) == -1) return -EINTR;
    fd = open(O_NONBLOCK | O_NOCTTY);
  }
  if (fd == -ENXIO) return -EOPNOTSUPP;
  if (fd < 0) return fd;
  const int opened = static_cast<int>(fd);
  std::int64_t result = system.fstat(opened, found);
  if (result == 0) result = refuse_irregular(found.st_mode);
  if (result < 0) {
    system.close(opened);
    return result;
  }
  if ((open_flags & O_NONBLOCK) == 0) system.set_blocking(opened);
  return fd;
}

}  // namespace asiofile::detail
