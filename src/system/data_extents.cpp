// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/data_extents.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace asiofile::detail {

extent find_data(system_calls& system, int fd, std::uint64_t begin, std::uint64_t end) noexcept {
  if (begin >= end) return {end, 0};
#if defined(SEEK_DATA) && defined(SEEK_HOLE)
  const std::int64_t data = system.lseek(fd, static_cast<off_t>(begin), SEEK_DATA);
  // ENXIO: from here on there is none (lseek(2)).
  if (data == -ENXIO) return {end, 0};
  if (data < 0) return {begin, end - begin};
  begin = std::min(static_cast<std::uint64_t>(data), end);
  const std::int64_t hole = system.lseek(fd, static_cast<off_t>(data), SEEK_HOLE);
  if (hole >= 0) end = std::min(static_cast<std::uint64_t>(hole), end);
#endif
  return {begin, end - begin};
}

}  // namespace asiofile::detail
