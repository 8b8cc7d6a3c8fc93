// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/direct_alignment.hpp"

#if defined(__linux__)
#include "system/control_call.hpp"
#include "system/statx.hpp"
#endif

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#if defined(__linux__)
#include <linux/fs.h>
#endif

#include <bit>
#include <cstdint>
#include <optional>

namespace asiofile::detail {

namespace {

#if defined(O_DIRECT)

constexpr std::size_t usual_bytes = 4096;

#if defined(__linux__)

// Headers older than Linux 6.1 (and some C libraries' own) do not have these, which the running
// kernel may nevertheless have: <linux/stat.h>.
constexpr unsigned statx_direct_alignment = 0x2000;         // STATX_DIOALIGN
constexpr std::size_t position_of_memory_alignment = 0x98;  // statx::stx_dio_mem_align
constexpr std::size_t position_of_offset_alignment = 0x9c;  // statx::stx_dio_offset_align

std::optional<io_alignment> ask_statx(int fd) noexcept {
  struct statx status {};
  if (call_statx(fd, "", AT_EMPTY_PATH, statx_direct_alignment, status) == -1) return std::nullopt;
  if ((status.stx_mask & statx_direct_alignment) == 0) return std::nullopt;
  const io_alignment found{field_at(status, position_of_memory_alignment),
                           field_at(status, position_of_offset_alignment)};
  // statx(2): 0 where direct I/O is not supported on this file. It was opened with O_DIRECT
  // nevertheless, so its transfers go through the cache.
  if (found.memory_bytes == 0 || found.offset_bytes == 0) return io_alignment{};
  return found;
}

std::optional<io_alignment> ask_block_device(int fd) noexcept {
  int sector_bytes = 0;
  if (call_ioctl(fd, BLKSSZGET, &sector_bytes) == -1 || sector_bytes <= 0) return std::nullopt;
  const auto bytes = static_cast<std::size_t>(sector_bytes);
  return io_alignment{bytes, bytes};
}

std::optional<io_alignment> ask_xfs(int fd) noexcept {
  // <xfs/xfs_fs.h>, which is not installed everywhere.
  struct direct_limits {
    std::uint32_t memory_bytes;
    std::uint32_t least_bytes;
    std::uint32_t most_bytes;
  };
  constexpr auto xfs_direct_limits = _IOR('X', 30, direct_limits);  // XFS_IOC_DIOINFO
  direct_limits limits{};
  if (call_ioctl(fd, xfs_direct_limits, &limits) == -1) return std::nullopt;
  if (limits.memory_bytes == 0 || limits.least_bytes == 0) return std::nullopt;
  return io_alignment{limits.memory_bytes, limits.least_bytes};
}

#endif

io_alignment block_size(int fd) noexcept {
  constexpr std::size_t least_bytes = 512;
  constexpr std::size_t most_bytes = 65'536;
  struct statvfs status;
  std::size_t bytes = usual_bytes;
  if (::fstatvfs(fd, &status) == 0) bytes = status.f_frsize;
  if (!std::has_single_bit(bytes) || bytes < least_bytes || bytes > most_bytes) bytes = usual_bytes;
  return {bytes, bytes};
}

#endif

}  // namespace

io_alignment alignment_of_direct([[maybe_unused]] int fd) noexcept {
#if defined(O_DIRECT)
#if defined(__linux__)
  for (const auto ask : {ask_statx, ask_block_device, ask_xfs}) {
    const std::optional<io_alignment> found = ask(fd);
    if (found && std::has_single_bit(found->memory_bytes) &&
        std::has_single_bit(found->offset_bytes))
      return *found;
  }
#endif
  return block_size(fd);
#else
  return {};
#endif
}

}  // namespace asiofile::detail
