// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/beneath_open.hpp"
#include "system/direct_alignment.hpp"
#include "system/directory_stream.hpp"
#include "system/flagged_calls.hpp"
#include "system/followed_links.hpp"
#include "system/lock_and_space.hpp"
#include "system/newer_calls.hpp"
#include "system/system_calls.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#elif defined(__APPLE__)
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#endif

#include <atomic>
#include <cerrno>
#include <chrono>
#include <new>
#include <string>

namespace asiofile::detail {

namespace {

// The path to an open file that needs no privilege: linkat(2).
std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

#if defined(__linux__)

// Older calls do not accept a descriptor that was opened with O_PATH (open(2)): they reach the file
// through a link in /proc. -EBADF if that is not mounted.
template <typename Call>
std::int64_t by_link_of_proc(int fd, Call&& call) noexcept {
  try {
    const std::int64_t result = or_error(call(path_of(fd).c_str()));
    return result == -ENOENT ? -EBADF : result;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

#endif

class kernel final : public system_calls {
 public:
  // ---- open files

  std::int64_t close(int fd) noexcept override { return or_error(::close(fd)); }

  std::int64_t duplicate(int fd) noexcept override {
    return or_error(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  }

  std::int64_t readv(int fd, const iovec* buffers, int count) noexcept override {
    return or_error(::readv(fd, buffers, count));
  }

  std::int64_t writev(int fd, const iovec* buffers, int count) noexcept override {
    return or_error(::writev(fd, buffers, count));
  }

  std::int64_t preadv(int fd, const iovec* buffers, int count, off_t offset) noexcept override {
    // Without the vector, which costs a sixth of the time for reading a page.
    return or_error(count == 1 ? ::pread(fd, buffers->iov_base, buffers->iov_len, offset)
                               : ::preadv(fd, buffers, count, offset));
  }

  std::int64_t pwritev(int fd, const iovec* buffers, int count, off_t offset) noexcept override {
    // As in `preadv`.
    return or_error(count == 1 ? ::pwrite(fd, buffers->iov_base, buffers->iov_len, offset)
                               : ::pwritev(fd, buffers, count, offset));
  }

  std::int64_t preadv2(int fd, const iovec* buffers, int count, off_t offset,
                       transfer_flags flags) noexcept override {
    return call_preadv2(fd, buffers, count, offset, flags);
  }

  std::int64_t pwritev2(int fd, const iovec* buffers, int count, off_t offset,
                        transfer_flags flags) noexcept override {
    return call_pwritev2(fd, buffers, count, offset, flags);
  }

  std::int64_t lseek(int fd, off_t offset, int whence) noexcept override {
    return or_error(::lseek(fd, offset, whence));
  }

  std::int64_t fsync(int fd) noexcept override {
#if defined(F_FULLFSYNC)
    // macOS: fsync only hands the data to the drive. Not every file system knows F_FULLFSYNC.
    if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
    if (errno != ENOTSUP && errno != EINVAL && errno != ENOTTY) return -errno;
#endif
    return or_error(::fsync(fd));
  }

  std::int64_t fdatasync(int fd) noexcept override {
#if !defined(F_FULLFSYNC) && defined(_POSIX_SYNCHRONIZED_IO) && _POSIX_SYNCHRONIZED_IO > 0
    return or_error(::fdatasync(fd));
#else
    return fsync(fd);
#endif
  }

  std::int64_t syncfs([[maybe_unused]] int fd) noexcept override {
#if defined(__linux__)
    return or_error(::syncfs(fd));
#else
    return -ENOSYS;
#endif
  }

  std::int64_t fallocate(int fd, space_change change, off_t offset,
                         off_t length) noexcept override {
    return call_fallocate(fd, change, offset, length);
  }

  std::int64_t set_lock(int fd, int type, off_t offset, off_t length) noexcept override {
    return call_set_lock(fd, type, offset, length);
  }

  std::int64_t fadvise([[maybe_unused]] int fd, [[maybe_unused]] off_t offset,
                       [[maybe_unused]] off_t length,
                       [[maybe_unused]] int advice) noexcept override {
#if defined(POSIX_FADV_NORMAL)
    return -::posix_fadvise(fd, offset, length, advice);
#else
    return -EOPNOTSUPP;
#endif
  }

  std::int64_t clone([[maybe_unused]] int to, [[maybe_unused]] int from) noexcept override {
#if defined(FICLONE)
    return or_error(::ioctl(to, FICLONE, from));
#else
    return -EOPNOTSUPP;
#endif
  }

  std::int64_t copy_file_range([[maybe_unused]] int from, [[maybe_unused]] int to,
                               [[maybe_unused]] off_t offset,
                               [[maybe_unused]] std::size_t length) noexcept override {
#if defined(__linux__)
    off_t in = offset;
    off_t out = offset;
    return or_error(::copy_file_range(from, &in, to, &out, length, 0));
#else
    return -ENOSYS;
#endif
  }

  std::int64_t sendfile([[maybe_unused]] int to, [[maybe_unused]] int from,
                        [[maybe_unused]] off_t offset,
                        [[maybe_unused]] std::size_t length) noexcept override {
#if defined(__linux__)
    return or_error(::sendfile(to, from, &offset, length));
#elif defined(__APPLE__)
    // On return: how much was sent, even if the socket had no room for the rest.
    auto sent = static_cast<off_t>(length);
    const int result = ::sendfile(from, to, offset, &sent, nullptr, 0);
    return result == 0 || sent > 0 ? sent : -errno;
#else
    return -ENOSYS;
#endif
  }

  std::int64_t ftruncate(int fd, off_t size) noexcept override {
    return or_error(::ftruncate(fd, size));
  }

  std::int64_t status_flags(int fd) noexcept override { return or_error(::fcntl(fd, F_GETFL)); }

  void set_blocking(int fd) noexcept override {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags != -1) ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  }

  std::int64_t fstat(int fd, struct stat& found) noexcept override {
    return or_error(::fstat(fd, &found));
  }

  std::int64_t status(int fd, file_status& found) noexcept override {
    return find_status(fd, found);
  }

  std::int64_t look(int fd, first_look& found) noexcept override {
    return take_first_look(fd, found);
  }

  std::int64_t fchmod(int fd, mode_t mode) noexcept override {
    return or_error(::fchmod(fd, mode));
  }

  std::int64_t fchown(int fd, uid_t owner, gid_t group) noexcept override {
    return or_error(::fchown(fd, owner, group));
  }

#if defined(__linux__)

  std::int64_t fsetxattr(int fd, const char* attribute, const void* value,
                         std::size_t size) noexcept override {
    return or_error(::fsetxattr(fd, attribute, value, size, 0));
  }

  std::int64_t fremovexattr(int fd, const char* attribute) noexcept override {
    return or_error(::fremovexattr(fd, attribute));
  }

  std::int64_t flistxattr(int fd, char* found, std::size_t size) noexcept override {
    const std::int64_t result = or_error(::flistxattr(fd, found, size));
    if (result != -EBADF) return result;
    return by_link_of_proc(fd, [&](const char* path) { return ::listxattr(path, found, size); });
  }

  std::int64_t fgetxattr(int fd, const char* attribute, void* value,
                         std::size_t size) noexcept override {
    const std::int64_t result = or_error(::fgetxattr(fd, attribute, value, size));
    if (result != -EBADF) return result;
    return by_link_of_proc(
        fd, [&](const char* path) { return ::getxattr(path, attribute, value, size); });
  }

#else

  std::int64_t fsetxattr(int, const char*, const void*, std::size_t) noexcept override {
    return -EOPNOTSUPP;
  }
  std::int64_t fremovexattr(int, const char*) noexcept override { return -EOPNOTSUPP; }
  std::int64_t flistxattr(int, char*, std::size_t) noexcept override { return -EOPNOTSUPP; }
  std::int64_t fgetxattr(int, const char*, void*, std::size_t) noexcept override {
    return -EOPNOTSUPP;
  }

#endif

  io_alignment direct_alignment(int fd) noexcept override { return alignment_of_direct(fd); }

  untorn_write_limits untorn_writes(int fd) noexcept override {
    return detail::untorn_writes(fd);
  }

  file_system_facts file_system(int fd) noexcept override { return ask_file_system(fd); }

  [[nodiscard]] bool has_nowait() const noexcept override { return true; }

  // ---- names

  std::int64_t openat(int base, const char* path, int flags, mode_t mode) noexcept override {
    return or_error(::openat(base, path, flags, mode));
  }

  std::int64_t open_beneath(int root, const std::string& path, int open_flags,
                            std::uint32_t permissions) noexcept override {
    return open_beneath_in_kernel(root, path, open_flags, permissions);
  }

  std::int64_t open_place(int base, const char* name) noexcept override {
#if defined(O_PATH)
    return or_error(::openat(base, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
#else
    constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const std::int64_t fd = or_error(::openat(base, name, O_RDONLY | flags));
    return fd == -EACCES ? or_error(::openat(base, name, O_WRONLY | flags)) : fd;
#endif
  }

  std::int64_t link_descriptor(int fd, int to_base, const char* to) noexcept override {
    try {
      return or_error(::linkat(AT_FDCWD, path_of(fd).c_str(), to_base, to, AT_SYMLINK_FOLLOW));
    } catch (const std::bad_alloc&) {
      return -ENOMEM;
    }
  }

  bool may_link_descriptor(int fd) noexcept override {
    try {
      return ::faccessat(AT_FDCWD, path_of(fd).c_str(), F_OK, 0) == 0;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  std::int64_t open_directory(int base, const char* path,
                              std::unique_ptr<directory_stream>& opened) override {
    return open_kernel_directory(*this, base, path, opened);
  }

  std::int64_t fstatat(int base, const char* path, struct stat& found,
                       int flags) noexcept override {
    return or_error(::fstatat(base, path, &found, flags));
  }

  std::int64_t path_status(int base, const char* path, bool follow,
                           file_status& found) noexcept override {
    return find_status_at(base, path, follow, found);
  }

  std::int64_t may_write(int fd) noexcept override { return detail::may_write(fd); }

  inode_flags flags_at(int base, const char* path) noexcept override {
    return find_inode_flags(base, path);
  }

  bool has_magic_links(int directory) noexcept override {
    return detail::has_magic_links(directory);
  }

  std::int64_t renameat(int from_base, const char* from, int to_base,
                        const char* to) noexcept override {
    return or_error(::renameat(from_base, from, to_base, to));
  }

  std::int64_t renameat2(int from_base, const char* from, int to_base, const char* to,
                         unsigned flags) noexcept override {
    return rename_with_flags(from_base, from, to_base, to, flags);
  }

  std::int64_t unlinkat(int base, const char* path, int flags) noexcept override {
    return or_error(::unlinkat(base, path, flags));
  }

  std::int64_t mkdirat(int base, const char* path, mode_t mode) noexcept override {
    return or_error(::mkdirat(base, path, mode));
  }

  std::int64_t linkat(int from_base, const char* from, int to_base, const char* to,
                      int flags) noexcept override {
    return or_error(::linkat(from_base, from, to_base, to, flags));
  }

  std::int64_t symlinkat(const char* target, int base, const char* path) noexcept override {
    return or_error(::symlinkat(target, base, path));
  }

  std::int64_t readlinkat(int base, const char* path, char* into,
                          std::size_t size) noexcept override {
    return or_error(::readlinkat(base, path, into, size));
  }

  std::uint64_t unlikely_number() noexcept override {
    static std::atomic<std::uint64_t> count = 0;
    std::uint64_t bits =
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    bits ^= static_cast<std::uint64_t>(::getpid()) << 40;
    return bits + ++count * 0x9e3779b97f4a7c15U;
  }
};

}  // namespace

system_calls::~system_calls() = default;

std::int64_t system_calls::look(int fd, first_look& found) noexcept {
  struct stat status;
  const std::int64_t result = fstat(fd, status);
  if (result == 0) found = look_from(status);
  return result;
}

const system_calls_ptr& kernel_calls() noexcept {
  // Not on the heap either, because a test may make allocations fail.
  union never_destroyed {
    // Without a reference count: copying the pointer counts nothing.
    never_destroyed() noexcept : each{{}, {}} { each.shared = {system_calls_ptr(), &each.calls}; }
    ~never_destroyed() {}
    struct {
      kernel calls;
      system_calls_ptr shared;
    } each;
  };
  static const never_destroyed its;
  return its.each.shared;
}

}  // namespace asiofile::detail
