// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/status_conversion.hpp"

#include "system/first_look.hpp"

#if defined(__linux__) && defined(STATX_BASIC_STATS)
#include <sys/sysmacros.h>
#endif

namespace asiofile::detail {

namespace {

constexpr std::uint64_t allocation_unit_bytes = 512;  // of st_blocks and stx_blocks: inode(7)

template <typename Time>
file_time converted(const Time& time) noexcept {
  return time_from(time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec));
}

}  // namespace

file_type type_from(unsigned mode) noexcept {
  if (S_ISREG(mode)) return file_type::regular;
  if (S_ISDIR(mode)) return file_type::directory;
  if (S_ISLNK(mode)) return file_type::symbolic_link;
  if (S_ISBLK(mode)) return file_type::block_device;
  if (S_ISCHR(mode)) return file_type::character_device;
  if (S_ISFIFO(mode)) return file_type::fifo;
  if (S_ISSOCK(mode)) return file_type::socket;
  return file_type::unknown;
}

file_time time_from(std::int64_t seconds, std::uint32_t nanoseconds) noexcept {
  using std::chrono::floor;
  constexpr auto first = floor<std::chrono::seconds>(file_time::min());
  constexpr auto last = floor<std::chrono::seconds>(file_time::max());
  const std::chrono::sys_seconds second{std::chrono::seconds(seconds)};
  const std::chrono::nanoseconds rest(nanoseconds);
  // The first second that begins within the range is the one after `first`.
  if (second <= first) {
    const auto begin = first + std::chrono::seconds(1);
    const std::chrono::nanoseconds left = file_time(begin) - file_time::min();
    const bool is_within = second == first && std::chrono::seconds(1) - rest <= left;
    return is_within ? file_time(begin) - (std::chrono::seconds(1) - rest) : file_time::min();
  }
  if (second >= last) {
    const bool is_within = second == last && rest <= file_time::max() - file_time(last);
    return is_within ? file_time(last) + rest : file_time::max();
  }
  return file_time(second) + rest;
}

file_status status_from(const struct stat& found) noexcept {
  file_status status;
  status.type = type_from(found.st_mode);
  status.permissions = found.st_mode & 07777U;
  status.owner = found.st_uid;
  status.group = found.st_gid;
  status.link_count = found.st_nlink;
  status.size = static_cast<std::uint64_t>(found.st_size);
  status.allocated_bytes = static_cast<std::uint64_t>(found.st_blocks) * allocation_unit_bytes;
  status.preferred_block_bytes = static_cast<std::uint32_t>(found.st_blksize);
  status.device = static_cast<std::uint64_t>(found.st_dev);
  status.inode = found.st_ino;
#if defined(__APPLE__)
  status.access_time = converted(found.st_atimespec);
  status.modification_time = converted(found.st_mtimespec);
  status.change_time = converted(found.st_ctimespec);
  status.creation_time = converted(found.st_birthtimespec);
#else
  status.access_time = converted(found.st_atim);
  status.modification_time = converted(found.st_mtim);
  status.change_time = converted(found.st_ctim);
#endif
  return status;
}

first_look look_from(const struct stat& found) noexcept {
  return {.status = status_from(found),
          .file_system = id_of_device(found.st_dev),
          .mode = found.st_mode};
}

#if defined(__linux__) && defined(STATX_BASIC_STATS)

file_status status_from(const struct statx& found) noexcept {
  file_status status;
  status.type = type_from(found.stx_mode);
  status.permissions = found.stx_mode & 07777U;
  status.owner = found.stx_uid;
  status.group = found.stx_gid;
  status.link_count = found.stx_nlink;
  status.size = found.stx_size;
  status.allocated_bytes = found.stx_blocks * allocation_unit_bytes;
  status.preferred_block_bytes = found.stx_blksize;
  status.device = makedev(found.stx_dev_major, found.stx_dev_minor);
  status.inode = found.stx_ino;
  status.access_time = converted(found.stx_atime);
  status.modification_time = converted(found.stx_mtime);
  status.change_time = converted(found.stx_ctime);
  if ((found.stx_mask & STATX_BTIME) != 0) status.creation_time = converted(found.stx_btime);
  return status;
}

#endif

}  // namespace asiofile::detail
