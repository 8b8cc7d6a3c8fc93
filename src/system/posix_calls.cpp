// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/posix_calls.hpp"

#include "system/first_piece.hpp"
#include "system/regular_open.hpp"

#if defined(__linux__)
#include "system/control_call.hpp"
#endif

#include <asiofile/file_base.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/fs.h>
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>

namespace asiofile::detail {

namespace {

std::int64_t device_size([[maybe_unused]] int fd) noexcept {
#if defined(BLKGETSIZE64)
  std::uint64_t bytes = 0;
  if (call_ioctl(fd, BLKGETSIZE64, &bytes) == -1) return -errno;
  return static_cast<std::int64_t>(bytes);
#else
  return -EOPNOTSUPP;
#endif
}

// Removes a new file's name. If that fails, closes the file.
std::int64_t unlink_opened(system_calls& system, int base, const char* path,
                           std::int64_t fd) noexcept {
  if (fd < 0) return fd;
  const std::int64_t unlinked = system.unlinkat(base, path, 0);
  if (unlinked == 0) return fd;
  system.close(static_cast<int>(fd));
  return unlinked;
}

// For file systems without unnamed files: makes one whose name is random and exists only briefly.
std::int64_t open_unlinked(system_calls& system, int base, const char* directory,
                           int flags) noexcept {
  try {
    std::string path = std::string(directory) + '/';
    // The name could not be removed again.
    if (system.flags_at(base, path.c_str()).append_only) return -EPERM;
    path += ".asiofile-XXXXXX";
    const std::int64_t fd = open_unlikely(system, base, path.data(), flags & ~O_ACCMODE);
    return unlink_opened(system, base, path.c_str(), fd);
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

// Makes a new file `path` and removes its name immediately.
std::int64_t open_and_unlink(system_calls& system, int base, const char* path, int flags) noexcept {
  try {
    if (system.flags_at(base, parent_of(path).c_str()).append_only) return -EPERM;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
  const std::int64_t fd = system.openat(base, path, flags | O_CREAT | O_EXCL, owner_only);
  return unlink_opened(system, base, path, fd);
}

// A file without a name in the directory `path`, or a new file `path` without its name.
std::int64_t open_temporary(system_calls& system, int base, const char* path,
                            int open_flags) noexcept {
  if ((open_flags & O_ACCMODE) == O_RDONLY) return -EINVAL;
  const int flags = native_open_flags(open_flags) & ~(O_CREAT | O_EXCL | O_TRUNC);
  struct stat found;
  const bool is_directory = system.fstatat(base, path, found, 0) == 0 && S_ISDIR(found.st_mode);
  if (!is_directory) return open_and_unlink(system, base, path, flags);
  const std::int64_t fd = open_unnamed(system, base, path, flags, owner_only);
  return fd == -EOPNOTSUPP ? open_unlinked(system, base, path, flags) : fd;
}

}  // namespace

int native_open_flags(int open_flags) noexcept {
  constexpr auto others = static_cast<int>(file_base::sync_on_close | file_base::temporary |
                                           file_base::regular_only);
  return (open_flags & ~others) | O_CLOEXEC;
}

bool may_wait_for_peer(int open_flags) noexcept {
  return is_plain_open(open_flags) && !is_regular_only(open_flags) &&
         (open_flags & O_NONBLOCK) == 0;
}

bool is_plain_open(int open_flags) noexcept {
  return (static_cast<unsigned>(open_flags) & file_base::temporary) == 0;
}

std::int64_t open_path(system_calls& system, int base, const char* path, int open_flags,
                       unsigned permissions) noexcept {
  // open(2) would ignore other bits.
  if (!are_permissions(permissions)) return -EINVAL;
  if (!is_plain_open(open_flags)) return open_temporary(system, base, path, open_flags);
  const auto open = [&](int added_flags) {
    return open_at(system, base, path, open_flags | added_flags, permissions);
  };
  if (!is_regular_only(open_flags)) return open(0);
  const int look_flags = (open_flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0;
  return open_regular(
      system, open_flags,
      [&](struct stat& found) { return system.fstatat(base, path, found, look_flags); }, open);
}

std::int64_t open_at(system_calls& system, int base, const char* path, int open_flags,
                     unsigned permissions) noexcept {
#if defined(O_DIRECT)
  return system.openat(base, path, native_open_flags(open_flags),
                       static_cast<mode_t>(permissions));
#else
  constexpr int direct = file_base::direct;
  const bool is_direct = (open_flags & direct) != 0;
#if !defined(F_NOCACHE)
  if (is_direct) return -EOPNOTSUPP;
#endif
  const std::int64_t fd =
      system.openat(base, path, native_open_flags(open_flags & ~direct),
                    static_cast<mode_t>(permissions));
#if defined(F_NOCACHE)
  if (fd >= 0 && is_direct && ::fcntl(static_cast<int>(fd), F_NOCACHE, 1) == -1) {
    const int error = errno;
    system.close(static_cast<int>(fd));
    return -error;
  }
#endif
  return fd;
#endif
}

std::int64_t open_unnamed(system_calls& system, int base, const char* directory, int flags,
                          unsigned mode) noexcept {
#if defined(O_TMPFILE)
  const std::int64_t fd = system.openat(base, directory, flags | O_TMPFILE, mode);
  switch (-fd) {
    // A kernel or file system that takes the flag for opening a directory, or does not know it
    // (open(2), "Bugs"; FUSE, 9p); a sandbox. If the directory itself is the cause, making a file
    // with a name fails, too.
    case EISDIR:
    case ENOENT:
    case EINVAL:
    case ENOSYS:
    case EPERM: return -EOPNOTSUPP;
    default: return fd;
  }
#else
  static_cast<void>(system), static_cast<void>(base), static_cast<void>(directory);
  static_cast<void>(flags), static_cast<void>(mode);
  return -EOPNOTSUPP;
#endif
}

std::int64_t open_unlikely(system_calls& system, int base, char* path, int flags) noexcept {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr std::size_t replaced = 6;  // "XXXXXX"
  char* const begin = path + std::strlen(path) - replaced;
  for (;;) {
    std::uint64_t bits = system.unlikely_number();
    for (std::size_t i = 0; i != replaced; ++i, bits /= letters.size())
      begin[i] = letters[static_cast<std::size_t>(bits % letters.size())];
    const std::int64_t fd =
        system.openat(base, path, flags | O_RDWR | O_CREAT | O_EXCL, owner_only);
    if (fd != -EEXIST) return fd;
  }
}

int close_descriptor(system_calls& system, int fd) noexcept {
  return static_cast<int>(-system.close(fd));
}

std::int64_t file_size(system_calls& system, int fd) noexcept {
  struct stat found;
  if (const std::int64_t result = system.fstat(fd, found); result < 0) return result;
  return S_ISBLK(found.st_mode) ? device_size(fd) : found.st_size;
}

bool is_stream(system_calls& system, int fd) noexcept {
  return system.lseek(fd, 0, SEEK_CUR) == -ESPIPE;
}

std::uint64_t current_position(system_calls& system, int fd) noexcept {
  const std::int64_t position = system.lseek(fd, 0, SEEK_CUR);
  return position < 0 ? 0 : static_cast<std::uint64_t>(position);
}

std::string parent_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return std::string(slash == path.npos ? "./" : path.substr(0, slash + 1));
}

void set_current_position(system_calls& system, int fd, bool is_at_end,
                          std::uint64_t position) noexcept {
  static_cast<void>(is_at_end ? system.lseek(fd, 0, SEEK_END)
                              : system.lseek(fd, static_cast<off_t>(position), SEEK_SET));
}

std::int64_t find_status(system_calls& system, int fd, file_status& status) noexcept {
  if (const std::int64_t result = system.status(fd, status); result < 0) return result;
  if (status.type != file_type::block_device) return 0;
  const std::int64_t bytes = device_size(fd);
  if (bytes < 0) return bytes;
  status.size = static_cast<std::uint64_t>(bytes);
  return 0;
}

std::int64_t change_space(system_calls& system, int fd, space_change change, std::uint64_t offset,
                          std::uint64_t length) noexcept {
  return system.fallocate(fd, change, static_cast<off_t>(offset), static_cast<off_t>(length));
}

std::int64_t change_lock(system_calls& system, int fd, int type, std::uint64_t offset,
                         std::uint64_t length) noexcept {
  return system.set_lock(fd, type, static_cast<off_t>(offset), static_cast<off_t>(length));
}

int native_advice(file_advice advice) noexcept {
#if defined(POSIX_FADV_NORMAL)
  switch (advice) {
    case file_advice::normal: return POSIX_FADV_NORMAL;
    case file_advice::sequential: return POSIX_FADV_SEQUENTIAL;
    case file_advice::random: return POSIX_FADV_RANDOM;
    case file_advice::will_need: return POSIX_FADV_WILLNEED;
    case file_advice::dont_need: return POSIX_FADV_DONTNEED;
    case file_advice::no_reuse: return POSIX_FADV_NOREUSE;
  }
#endif
  static_cast<void>(advice);
  return -1;
}

std::int64_t advise_range(system_calls& system, int fd, std::uint64_t offset, std::uint64_t length,
                          file_advice advice) noexcept {
  return system.fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(length),
                        native_advice(advice));
}

std::int64_t resize_file(system_calls& system, int fd, std::uint64_t size) noexcept {
  return system.ftruncate(fd, static_cast<off_t>(size));
}

std::int64_t sync_file(system_calls& system, int fd, operation_kind kind) noexcept {
  return kind == operation_kind::sync_data ? system.fdatasync(fd) : system.fsync(fd);
}

std::int64_t transfer_some(system_calls& system, int fd, operation_kind kind,
                           bool is_at_own_position, std::uint64_t offset, iovec* buffers,
                           std::size_t count) noexcept {
  const first_piece piece(buffers, count);
  const bool is_read = kind == operation_kind::read;
  if (is_at_own_position) {
    return is_read ? system.readv(fd, piece.buffers(), piece.count())
                   : system.writev(fd, piece.buffers(), piece.count());
  }
  if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return -EINVAL;
  const auto position = static_cast<off_t>(offset);
  if (is_read) return system.preadv(fd, piece.buffers(), piece.count(), position);
  const std::int64_t result = system.pwritev(fd, piece.buffers(), piece.count(), position);
  // Files of /proc that can be read at any position but not written at one (seq_open() in Linux's
  // fs/seq_file.c), such as /proc/self/comm. io_uring can write them nevertheless, and fails with
  // EBADF if the file is not open for writing, as this does.
  return result == -ESPIPE ? system.writev(fd, piece.buffers(), piece.count()) : result;
}

std::int64_t set_thread_priority(std::uint16_t priority) noexcept {
#if defined(__linux__)
  constexpr int who_process = 1;  // IOPRIO_WHO_PROCESS, which means a thread; 0: this one
  return or_error(::syscall(SYS_ioprio_set, who_process, 0, static_cast<int>(priority)));
#else
  return priority == 0 ? 0 : -EOPNOTSUPP;
#endif
}

}  // namespace asiofile::detail
