#include "posix_calls.hpp"

#include "status_conversion.hpp"

#include <asiofile/file_base.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#endif

#include <cerrno>

namespace asiofile::detail {

namespace {

std::int64_t or_error(std::int64_t returned) noexcept { return returned == -1 ? -errno : returned; }

std::int64_t device_size([[maybe_unused]] int fd) noexcept {
#if defined(BLKGETSIZE64)
  std::uint64_t bytes = 0;
  if (::ioctl(fd, BLKGETSIZE64, &bytes) == -1) return -errno;
  return static_cast<std::int64_t>(bytes);
#else
  return -EOPNOTSUPP;
#endif
}

}  // namespace

std::int64_t open_path(const char* path, int open_flags) noexcept {
#if defined(O_DIRECT)
  return or_error(::open(path, open_flags | O_CLOEXEC, 0666));
#else
  constexpr int direct = file_base::direct;
  const bool is_direct = (open_flags & direct) != 0;
#if !defined(F_NOCACHE)
  if (is_direct) return -EOPNOTSUPP;
#endif
  const int fd = ::open(path, (open_flags & ~direct) | O_CLOEXEC, 0666);
  if (fd == -1) return -errno;
#if defined(F_NOCACHE)
  if (is_direct && ::fcntl(fd, F_NOCACHE, 1) == -1) {
    const int error = errno;
    ::close(fd);
    return -error;
  }
#endif
  return fd;
#endif
}

int close_descriptor(int fd) noexcept { return ::close(fd) == 0 ? 0 : errno; }

std::int64_t file_size(int fd) noexcept {
  struct stat found;
  if (::fstat(fd, &found) == -1) return -errno;
  return S_ISBLK(found.st_mode) ? device_size(fd) : found.st_size;
}

std::int64_t find_status(int fd, file_status& status) noexcept {
#if defined(STATX_BASIC_STATS)
  struct statx found;
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &found) == -1) return -errno;
  status = status_from(found);
#else
  struct stat found;
  if (::fstat(fd, &found) == -1) return -errno;
  status = status_from(found);
#endif
  if (status.type != file_type::block_device) return 0;
  const std::int64_t bytes = device_size(fd);
  if (bytes < 0) return bytes;
  status.size = static_cast<std::uint64_t>(bytes);
  return 0;
}

std::int64_t allocate_range(int fd, std::uint64_t offset, std::uint64_t length) noexcept {
#if defined(__linux__)
  return or_error(::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(length)));
#else
  static_cast<void>(fd), static_cast<void>(offset), static_cast<void>(length);
  return -EOPNOTSUPP;
#endif
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

std::int64_t advise_range(int fd, std::uint64_t offset, std::uint64_t length,
                          file_advice advice) noexcept {
#if defined(POSIX_FADV_NORMAL)
  return -::posix_fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(length),
                          native_advice(advice));
#else
  static_cast<void>(fd), static_cast<void>(offset), static_cast<void>(length);
  static_cast<void>(advice);
  return -EOPNOTSUPP;
#endif
}

std::int64_t resize_file(int fd, std::uint64_t size) noexcept {
  return or_error(::ftruncate(fd, static_cast<off_t>(size)));
}

std::int64_t sync_file(int fd, operation_kind kind) noexcept {
#if defined(F_FULLFSYNC)
  // macOS: fsync only hands the data to the drive. Not every file system knows F_FULLFSYNC.
  if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
  if (errno != ENOTSUP && errno != EINVAL && errno != ENOTTY) return -errno;
#endif
#if defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
  if (kind == operation_kind::sync_data) return or_error(::fdatasync(fd));
#endif
  static_cast<void>(kind);
  return or_error(::fsync(fd));
}

std::int64_t transfer_some(int fd, operation_kind kind, bool is_stream, std::uint64_t offset,
                           const iovec* buffers, std::size_t count) noexcept {
  const int buffer_count = static_cast<int>(count);
  const off_t position = static_cast<off_t>(offset);
  if (kind == operation_kind::read) {
    return or_error(is_stream ? ::readv(fd, buffers, buffer_count)
                              : ::preadv(fd, buffers, buffer_count, position));
  }
  if (is_stream) return or_error(::writev(fd, buffers, buffer_count));
  const std::int64_t result = or_error(::pwritev(fd, buffers, buffer_count, position));
  // Files of /proc that can be read at any position but not written at one (seq_open() in Linux's
  // fs/seq_file.c), such as /proc/self/comm. io_uring writes them all the same, and if one is not
  // open for writing it says so (EBADF), as this does.
  if (result == -ESPIPE) return or_error(::writev(fd, buffers, buffer_count));
  return result;
}

std::int64_t transfer_without_waiting(int fd, operation_kind kind, bool is_stream,
                                      std::uint64_t offset, const iovec* buffers,
                                      std::size_t count) noexcept {
#if defined(__linux__) && defined(RWF_NOWAIT)
  // preadv2(2): offset -1 stands for the file's own position, which a stream does not have.
  const off_t position = is_stream ? -1 : static_cast<off_t>(offset);
  const int buffer_count = static_cast<int>(count);
  return or_error(kind == operation_kind::read
                      ? ::preadv2(fd, buffers, buffer_count, position, RWF_NOWAIT)
                      : ::pwritev2(fd, buffers, buffer_count, position, RWF_NOWAIT));
#else
  static_cast<void>(fd), static_cast<void>(kind), static_cast<void>(is_stream);
  static_cast<void>(offset), static_cast<void>(buffers), static_cast<void>(count);
  return -EOPNOTSUPP;
#endif
}

std::int64_t set_thread_priority(std::uint16_t priority) noexcept {
#if defined(__linux__)
  constexpr int who_process = 1;  // IOPRIO_WHO_PROCESS, which means a thread; 0: this one
  return or_error(::syscall(SYS_ioprio_set, who_process, 0, static_cast<int>(priority)));
#else
  return priority == 0 ? 0 : -EOPNOTSUPP;
#endif
}

std::int64_t run_blocking(const operation& what) noexcept {
  switch (what.kind) {
    case operation_kind::read:
    case operation_kind::write:
      return transfer_some(what.fd, what.kind, what.is_stream, what.offset + what.transferred,
                           what.buffers, what.buffer_count);
    case operation_kind::sync_all:
    case operation_kind::sync_data: return sync_file(what.fd, what.kind);
    case operation_kind::resize: return resize_file(what.fd, what.offset);
    case operation_kind::size: return file_size(what.fd);
    case operation_kind::status:
      return find_status(what.fd, static_cast<status_answer*>(what.trailing)->status);
    case operation_kind::allocate: return allocate_range(what.fd, what.offset, what.requested);
    case operation_kind::advise:
      return advise_range(what.fd, what.offset, what.requested, what.advice);
    case operation_kind::open:
      return open_path(static_cast<const char*>(what.trailing), what.open_flags);
    case operation_kind::close: return -close_descriptor(what.fd);
  }
  return -ENOSYS;
}

}  // namespace asiofile::detail
