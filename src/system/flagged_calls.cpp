// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/flagged_calls.hpp"

#if defined(__linux__)
#include "system/statx.hpp"
#include "system/system_calls.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

namespace {

#if defined(__linux__)

std::int64_t call_with_flags(long number, int fd, const iovec* buffers, int count, off_t offset,
                             transfer_flags flags) noexcept {
  // The argument after the offset is its upper half on machines whose registers hold half of it.
  const auto position = static_cast<std::uint64_t>(offset);
  const long upper_half = sizeof(long) == sizeof position ? 0L : static_cast<long>(position >> 32);
  return or_error(::syscall(number, fd, buffers, static_cast<long>(count),
                            static_cast<long>(position), upper_half, static_cast<long>(flags)));
}

// Headers older than Linux 6.11 do not have these: <linux/stat.h>.
constexpr unsigned statx_write_atomic = 0x10000;       // STATX_WRITE_ATOMIC
constexpr std::size_t position_of_unit_min = 0xa8;     // statx::stx_atomic_write_unit_min
constexpr std::size_t position_of_unit_max = 0xac;     // statx::stx_atomic_write_unit_max
constexpr std::size_t position_of_segments_max = 0xb0; // statx::stx_atomic_write_segments_max

#endif

}  // namespace

std::int64_t call_preadv2([[maybe_unused]] int fd, [[maybe_unused]] const iovec* buffers,
                          [[maybe_unused]] int count, [[maybe_unused]] off_t offset,
                          [[maybe_unused]] transfer_flags flags) noexcept {
#if defined(__linux__) && defined(SYS_preadv2)
  return call_with_flags(SYS_preadv2, fd, buffers, count, offset, flags);
#else
  return -ENOSYS;
#endif
}

std::int64_t call_pwritev2([[maybe_unused]] int fd, [[maybe_unused]] const iovec* buffers,
                           [[maybe_unused]] int count, [[maybe_unused]] off_t offset,
                           [[maybe_unused]] transfer_flags flags) noexcept {
#if defined(__linux__) && defined(SYS_pwritev2)
  return call_with_flags(SYS_pwritev2, fd, buffers, count, offset, flags);
#else
  return -ENOSYS;
#endif
}

untorn_write_limits untorn_writes([[maybe_unused]] int fd) noexcept {
#if defined(__linux__)
  struct statx status {};
  if (call_statx(fd, "", AT_EMPTY_PATH, statx_write_atomic, status) == -1 ||
      (status.stx_mask & statx_write_atomic) == 0)
    return {};
  const untorn_write_limits found{field_at(status, position_of_unit_min),
                                  field_at(status, position_of_unit_max),
                                  field_at(status, position_of_segments_max)};
  return found.unit_max == 0 ? untorn_write_limits() : found;
#else
  return {};
#endif
}

}  // namespace asiofile::detail
