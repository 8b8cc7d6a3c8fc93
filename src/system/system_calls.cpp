#include "system/system_calls.hpp"

#include "system/status_conversion.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace asiofile::detail::system {

namespace {

// Makes a call of the simulation that a descriptor belongs to.
template <typename Call>
std::int64_t in_simulation(int fd, Call&& call) noexcept {
  const std::shared_ptr<simulation> its = simulation_of(fd);
  const std::int64_t result = its ? call(*its) : -EBADF;
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

template <typename Call>
int status_in_simulation(int fd, Call&& call) noexcept {
  return static_cast<int>(in_simulation(fd, call));
}

mode_t mode_of(file_type type) noexcept {
  switch (type) {
    case file_type::directory: return S_IFDIR;
    case file_type::symbolic_link: return S_IFLNK;
    default: return S_IFREG;
  }
}

void fill(struct stat& found, const file_status& status) noexcept {
  found = {};
  found.st_mode = mode_of(status.type) | status.permissions;
  found.st_ino = static_cast<ino_t>(status.inode);
  found.st_dev = static_cast<dev_t>(status.device);
  found.st_nlink = static_cast<nlink_t>(status.link_count);
  found.st_size = static_cast<off_t>(status.size);
}

}  // namespace

int openat(int base, const char* path, int flags, mode_t mode) noexcept {
  if (!is_simulated(base)) return ::openat(base, path, flags, mode);
  return status_in_simulation(base,
                              [&](simulation& its) { return its.open(base, path, flags, mode); });
}

int close(int fd) noexcept {
  if (!is_simulated(fd)) return ::close(fd);
  return status_in_simulation(fd, [&](simulation& its) { return its.close(fd); });
}

ssize_t read(int fd, void* into, std::size_t size) noexcept {
  if (!is_simulated(fd)) return ::read(fd, into, size);
  const iovec buffer{into, size};
  return system::readv(fd, &buffer, 1);
}

ssize_t readv(int fd, const iovec* buffers, int count) noexcept {
  if (!is_simulated(fd)) return ::readv(fd, buffers, count);
  return in_simulation(fd, [&](simulation& its) {
    return its.read(fd, std::nullopt, buffers, static_cast<std::size_t>(count));
  });
}

ssize_t writev(int fd, const iovec* buffers, int count) noexcept {
  if (!is_simulated(fd)) return ::writev(fd, buffers, count);
  return in_simulation(fd, [&](simulation& its) {
    return its.write(fd, std::nullopt, buffers, static_cast<std::size_t>(count));
  });
}

ssize_t preadv(int fd, const iovec* buffers, int count, off_t offset) noexcept {
  if (!is_simulated(fd)) {
    // Without the vector, which costs the kernel a sixth of what a page does.
    return count == 1 ? ::pread(fd, buffers->iov_base, buffers->iov_len, offset)
                      : ::preadv(fd, buffers, count, offset);
  }
  return in_simulation(fd, [&](simulation& its) {
    return its.read(fd, static_cast<std::uint64_t>(offset), buffers,
                    static_cast<std::size_t>(count));
  });
}

ssize_t pwritev(int fd, const iovec* buffers, int count, off_t offset) noexcept {
  if (!is_simulated(fd)) {
    // Without the vector, which costs the kernel a sixth of what a page does.
    return count == 1 ? ::pwrite(fd, buffers->iov_base, buffers->iov_len, offset)
                      : ::pwritev(fd, buffers, count, offset);
  }
  return in_simulation(fd, [&](simulation& its) {
    return its.write(fd, static_cast<std::uint64_t>(offset), buffers,
                     static_cast<std::size_t>(count));
  });
}

off_t lseek(int fd, off_t offset, int whence) noexcept {
  if (!is_simulated(fd)) return ::lseek(fd, offset, whence);
  return in_simulation(fd, [&](simulation& its) { return its.seek(fd, offset, whence); });
}

int fsync(int fd) noexcept {
  if (is_simulated(fd))
    return status_in_simulation(
        fd, [&](simulation& its) { return its.sync(fd, operation_kind::sync_all); });
#if defined(F_FULLFSYNC)
  // macOS: fsync only hands the data to the drive. Not every file system knows F_FULLFSYNC.
  if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
  if (errno != ENOTSUP && errno != EINVAL && errno != ENOTTY) return -1;
#endif
  return ::fsync(fd);
}

int fdatasync(int fd) noexcept {
  if (is_simulated(fd))
    return status_in_simulation(
        fd, [&](simulation& its) { return its.sync(fd, operation_kind::sync_data); });
#if !defined(F_FULLFSYNC) && defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
  return ::fdatasync(fd);
#else
  return fsync(fd);
#endif
}

int fallocate(int fd, off_t offset, off_t length) noexcept {
  if (is_simulated(fd))
    return status_in_simulation(fd, [&](simulation& its) {
      return its.allocate(fd, static_cast<std::uint64_t>(offset),
                          static_cast<std::uint64_t>(length));
    });
#if defined(__linux__)
  return ::fallocate(fd, 0, offset, length);
#else
  errno = EOPNOTSUPP;
  return -1;
#endif
}

int fadvise(int fd, off_t offset, off_t length, int advice) noexcept {
  // A simulation has no cache to advise.
  if (is_simulated(fd)) return 0;
#if defined(POSIX_FADV_NORMAL)
  return ::posix_fadvise(fd, offset, length, advice);
#else
  static_cast<void>(offset), static_cast<void>(length), static_cast<void>(advice);
  return EOPNOTSUPP;
#endif
}

int ftruncate(int fd, off_t size) noexcept {
  if (!is_simulated(fd)) return ::ftruncate(fd, size);
  return status_in_simulation(
      fd, [&](simulation& its) { return its.resize(fd, static_cast<std::uint64_t>(size)); });
}

int status_flags(int fd) noexcept {
  if (!is_simulated(fd)) return ::fcntl(fd, F_GETFL);
  return status_in_simulation(fd, [&](simulation& its) { return its.status_flags(fd); });
}

int fstat(int fd, struct stat& found) noexcept {
  if (!is_simulated(fd)) return ::fstat(fd, &found);
  file_status status;
  const int result =
      status_in_simulation(fd, [&](simulation& its) { return its.status(fd, status); });
  fill(found, status);
  return result;
}

int fstatat(int base, const char* path, struct stat& found, int flags) noexcept {
  if (!is_simulated(base)) return ::fstatat(base, path, &found, flags);
  file_status status;
  const bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
  const int result = status_in_simulation(
      base, [&](simulation& its) { return its.path_status(base, path, follow, status); });
  fill(found, status);
  return result;
}

int fchmod(int fd, mode_t mode) noexcept {
  if (!is_simulated(fd)) return ::fchmod(fd, mode);
  return status_in_simulation(fd, [&](simulation& its) { return its.change_mode(fd, mode); });
}

int faccessat(int base, const char* path, int mode, int flags) noexcept {
  if (!is_simulated(base)) return ::faccessat(base, path, mode, flags);
  // There are no users: whatever exists may be used.
  struct stat found;
  return fstatat(base, path, found, 0);
}

int renameat(int from_base, const char* from, int to_base, const char* to) noexcept {
  if (!is_simulated(from_base)) return ::renameat(from_base, from, to_base, to);
  return renameat2(from_base, from, to_base, to, 0);
}

int renameat2(int from_base, const char* from, int to_base, const char* to,
              unsigned flags) noexcept {
  if (is_simulated(from_base))
    return status_in_simulation(from_base, [&](simulation& its) {
      return its.rename(from_base, from, to_base, to, flags);
    });
#if defined(__linux__) && defined(SYS_renameat2)
  return static_cast<int>(::syscall(SYS_renameat2, from_base, from, to_base, to, flags));
#else
  errno = ENOSYS;
  return -1;
#endif
}

int unlinkat(int base, const char* path, int flags) noexcept {
  if (!is_simulated(base)) return ::unlinkat(base, path, flags);
  return status_in_simulation(
      base, [&](simulation& its) { return its.remove(base, path, (flags & AT_REMOVEDIR) != 0); });
}

int mkdirat(int base, const char* path, mode_t mode) noexcept {
  if (!is_simulated(base)) return ::mkdirat(base, path, mode);
  return status_in_simulation(
      base, [&](simulation& its) { return its.make_directory(base, path, mode); });
}

int linkat(int from_base, const char* from, int to_base, const char* to, int flags) noexcept {
  if (!is_simulated(to_base)) return ::linkat(from_base, from, to_base, to, flags);
  return status_in_simulation(
      to_base, [&](simulation& its) { return its.link(from_base, from, to_base, to); });
}

int symlinkat(const char* target, int base, const char* path) noexcept {
  if (!is_simulated(base)) return ::symlinkat(target, base, path);
  return status_in_simulation(
      base, [&](simulation& its) { return its.make_symlink(target, base, path); });
}

ssize_t readlinkat(int base, const char* path, char* into, std::size_t size) noexcept {
  if (!is_simulated(base)) return ::readlinkat(base, path, into, size);
  return in_simulation(base,
                       [&](simulation& its) { return its.read_symlink(base, path, into, size); });
}

int mkostempat(int base, char* path, int flags) noexcept {
  if (!is_simulated(base)) return ::mkostemp(path, flags);
  constexpr std::size_t replaced = 6;  // "XXXXXX"
  char* const end = path + std::strlen(path);
  for (;;) {
    std::uint64_t bits = unlikely_number(base);
    for (std::size_t i = 0; i != replaced; ++i, bits /= 26)
      end[i - replaced] = static_cast<char>('a' + bits % 26);
    const int fd = openat(base, path, flags | O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (fd != -1 || errno != EEXIST) return fd;
  }
}

std::int64_t find_status(int fd, file_status& found) noexcept {
  if (is_simulated(fd)) {
    const std::shared_ptr<simulation> its = simulation_of(fd);
    return its ? its->status(fd, found) : -EBADF;
  }
#if defined(STATX_BASIC_STATS)
  struct statx status;
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &status) == -1) return -errno;
#else
  struct stat status;
  if (::fstat(fd, &status) == -1) return -errno;
#endif
  found = status_from(status);
  return 0;
}

std::int64_t find_status(int base, const char* path, bool follow, file_status& found) noexcept {
  if (is_simulated(base)) {
    const std::shared_ptr<simulation> its = simulation_of(base);
    return its ? its->path_status(base, path, follow, found) : -EBADF;
  }
  const int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
#if defined(STATX_BASIC_STATS)
  struct statx status;
  if (::statx(base, path, flags, STATX_BASIC_STATS | STATX_BTIME, &status) == -1) return -errno;
#else
  struct stat status;
  if (::fstatat(base, path, &status, flags) == -1) return -errno;
#endif
  found = status_from(status);
  return 0;
}

std::uint64_t unlikely_number(int directory) noexcept {
  if (is_simulated(directory)) {
    const std::shared_ptr<simulation> its = simulation_of(directory);
    return its ? its->unlikely_number() : 0;
  }
  static std::atomic<std::uint64_t> count = 0;
  std::uint64_t bits =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  bits ^= static_cast<std::uint64_t>(::getpid()) << 40;
  return bits + ++count * 0x9e3779b97f4a7c15U;
}

}  // namespace asiofile::detail::system
