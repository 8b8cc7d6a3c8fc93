#include "system/posix_calls.hpp"

#include "system/system_calls.hpp"

#include <asiofile/detail/job.hpp>
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
#include <cstdlib>
#include <new>
#include <string>

namespace asiofile::detail {

namespace {

std::int64_t device_size([[maybe_unused]] int fd) noexcept {
#if defined(BLKGETSIZE64)
  std::uint64_t bytes = 0;
  if (::ioctl(fd, BLKGETSIZE64, &bytes) == -1) return -errno;
  return static_cast<std::int64_t>(bytes);
#else
  return -EOPNOTSUPP;
#endif
}

// Where the file system has no unnamed files: one with a name that nobody knows, for a moment.
std::int64_t open_unlinked(int base, const char* directory, int flags) noexcept {
  try {
    std::string path = std::string(directory) + "/.asiofile-XXXXXX";
    const int fd = system::mkostempat(base, path.data(), flags & ~O_ACCMODE);
    if (fd == -1) return -errno;
    system::unlinkat(base, path.c_str(), 0);
    return fd;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

// A file without a name in the directory `path`, or a new file `path` that loses its name at once.
std::int64_t open_temporary(int base, const char* path, int open_flags) noexcept {
  constexpr mode_t owner_only = 0600;
  if ((open_flags & O_ACCMODE) == O_RDONLY) return -EINVAL;
  const int flags = native_open_flags(open_flags) & ~(O_CREAT | O_EXCL | O_TRUNC);
  struct stat found;
  if (system::fstatat(base, path, found, 0) == 0 && S_ISDIR(found.st_mode)) {
#if defined(O_TMPFILE)
    const std::int64_t fd = or_error(system::openat(base, path, flags | O_TMPFILE, owner_only));
    if (fd != -EOPNOTSUPP && fd != -EISDIR) return fd;
#endif
    return open_unlinked(base, path, flags);
  }
  const int fd = system::openat(base, path, flags | O_CREAT | O_EXCL, owner_only);
  if (fd == -1) return -errno;
  system::unlinkat(base, path, 0);
  return fd;
}

}  // namespace

int native_open_flags(int open_flags) noexcept {
  constexpr auto others = static_cast<int>(file_base::sync_on_close | file_base::temporary);
  return (open_flags & ~others) | O_CLOEXEC;
}

bool is_plain_open(int open_flags, std::uint32_t permissions) noexcept {
  return (static_cast<unsigned>(open_flags) & file_base::temporary) == 0 &&
         are_permissions(permissions);
}

std::int64_t open_path(int base, const char* path, int open_flags,
                       std::uint32_t permissions) noexcept {
  // Other bits open(2) would ignore.
  if (!are_permissions(permissions)) return -EINVAL;
  if (!is_plain_open(open_flags, permissions)) return open_temporary(base, path, open_flags);
  return open_at(base, path, open_flags, permissions);
}

std::int64_t open_at(int base, const char* path, int open_flags,
                     std::uint32_t permissions) noexcept {
#if defined(O_DIRECT)
  return or_error(system::openat(base, path, native_open_flags(open_flags), permissions));
#else
  constexpr int direct = file_base::direct;
  const bool is_direct = (open_flags & direct) != 0;
#if !defined(F_NOCACHE)
  if (is_direct) return -EOPNOTSUPP;
#endif
  const int fd =
      system::openat(base, path, native_open_flags(open_flags & ~direct), permissions);
  if (fd == -1) return -errno;
#if defined(F_NOCACHE)
  if (is_direct && ::fcntl(fd, F_NOCACHE, 1) == -1) {
    const int error = errno;
    system::close(fd);
    return -error;
  }
#endif
  return fd;
#endif
}

int close_descriptor(int fd) noexcept { return system::close(fd) == 0 ? 0 : errno; }

std::int64_t file_size(int fd) noexcept {
  struct stat found;
  if (system::fstat(fd, found) == -1) return -errno;
  return S_ISBLK(found.st_mode) ? device_size(fd) : found.st_size;
}

bool is_stream(int fd) noexcept { return system::lseek(fd, 0, SEEK_CUR) == -1 && errno == ESPIPE; }

std::uint64_t current_position(int fd) noexcept {
  const off_t position = system::lseek(fd, 0, SEEK_CUR);
  return position == -1 ? 0 : static_cast<std::uint64_t>(position);
}

void set_current_position(int fd, bool is_at_end, std::uint64_t position) noexcept {
  static_cast<void>(is_at_end ? system::lseek(fd, 0, SEEK_END)
                              : system::lseek(fd, static_cast<off_t>(position), SEEK_SET));
}

std::int64_t find_status(int fd, file_status& status) noexcept {
  if (const std::int64_t result = system::find_status(fd, status); result < 0) return result;
  if (status.type != file_type::block_device) return 0;
  const std::int64_t bytes = device_size(fd);
  if (bytes < 0) return bytes;
  status.size = static_cast<std::uint64_t>(bytes);
  return 0;
}

std::int64_t allocate_range(int fd, std::uint64_t offset, std::uint64_t length) noexcept {
  return or_error(
      system::fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(length)));
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
  return -system::fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(length),
                          native_advice(advice));
#else
  static_cast<void>(fd), static_cast<void>(offset), static_cast<void>(length);
  static_cast<void>(advice);
  return -EOPNOTSUPP;
#endif
}

std::int64_t resize_file(int fd, std::uint64_t size) noexcept {
  return or_error(system::ftruncate(fd, static_cast<off_t>(size)));
}

std::int64_t sync_file(int fd, operation_kind kind) noexcept {
  return or_error(kind == operation_kind::sync_data ? system::fdatasync(fd) : system::fsync(fd));
}

std::int64_t transfer_some(int fd, operation_kind kind, bool is_stream, std::uint64_t offset,
                           const iovec* buffers, std::size_t count) noexcept {
  const int buffer_count = static_cast<int>(count);
  const off_t position = static_cast<off_t>(offset);
  if (kind == operation_kind::read) {
    return or_error(is_stream ? system::readv(fd, buffers, buffer_count)
                              : system::preadv(fd, buffers, buffer_count, position));
  }
  if (is_stream) return or_error(system::writev(fd, buffers, buffer_count));
  const std::int64_t result = or_error(system::pwritev(fd, buffers, buffer_count, position));
  // Files of /proc that can be read at any position but not written at one (seq_open() in Linux's
  // fs/seq_file.c), such as /proc/self/comm. io_uring writes them all the same, and if one is not
  // open for writing it says so (EBADF), as this does.
  if (result == -ESPIPE) return or_error(system::writev(fd, buffers, buffer_count));
  return result;
}

std::int64_t set_thread_priority(std::uint16_t priority) noexcept {
#if defined(__linux__)
  constexpr int who_process = 1;  // IOPRIO_WHO_PROCESS, which means a thread; 0: this one
  return or_error(::syscall(SYS_ioprio_set, who_process, 0, static_cast<int>(priority)));
#else
  return priority == 0 ? 0 : -EOPNOTSUPP;
#endif
}

namespace {

std::int64_t read_or_write(operation& what) noexcept {
  if (what.is_at_end) {
    const std::int64_t end = file_size(what.fd);
    if (end < 0) return end;
    what.offset = static_cast<std::uint64_t>(end);
    what.is_at_end = false;
  }
  return transfer_some(what.fd, what.kind, what.is_stream, what.offset + what.transferred,
                       what.buffers, what.buffer_count);
}

// A write and, if it was complete, the sync after it.
std::int64_t write_and_sync(operation& what) noexcept {
  const auto kind =
      what.sync == sync_after::all ? operation_kind::sync_all : operation_kind::sync_data;
  if (is_sync_left(what)) return sync_file(what.fd, kind);
  const std::int64_t result = read_or_write(what);
  const bool is_complete = result >= 0 && static_cast<std::uint64_t>(result) == what.remaining();
  if (is_complete && what.links_sync)
    what.sync_result = sync_file(what.fd, kind);
  return result;
}

std::int64_t sync_and_close(const operation& what) noexcept {
  const std::int64_t result =
      what.sync == sync_after::none ? 0 : sync_file(what.fd, operation_kind::sync_all);
  const int error = what.keeps_open ? 0 : close_descriptor(what.fd);
  return result < 0 ? result : -error;
}

}  // namespace

std::int64_t run_blocking(operation& what) noexcept {
  switch (what.kind) {
    case operation_kind::read: return read_or_write(what);
    case operation_kind::write:
      return what.sync == sync_after::none ? read_or_write(what) : write_and_sync(what);
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
      return what.task ? what.task->run()
                       : open_path(AT_FDCWD, static_cast<const char*>(what.trailing), what.open_flags,
                                   what.open_permissions);
    case operation_kind::close: return sync_and_close(what);
    case operation_kind::run_job: return what.task->run();
    case operation_kind::wait: break;
  }
  return -ENOSYS;
}

}  // namespace asiofile::detail
