// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The system's calls on files and names, as the library makes them: one table for each context.
// `kernel_calls()` is the kernel's; a simulation has its own.
//
// Functions do what the system call of the same name does. They return what it returns, or an errno
// value, negated. All are safe to call from any thread.
//
// The kernel's engines (io_uring, libaio) and transfers that must not wait (RWF_NOWAIT) make their
// calls themselves: they only ever get the kernel's files.

#include "system/file_systems.hpp"
#include "system/first_look.hpp"
#include "system/transfer_flags.hpp"

#include <asiofile/config.hpp>
#include <asiofile/detail/space_change.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/io_alignment.hpp>
#include <asiofile/write_flags.hpp>

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace asiofile::detail {

static_assert(sizeof(off_t) == sizeof(std::int64_t), "compile it with _FILE_OFFSET_BITS=64");

class directory_stream;

// The result of a call that returns -1 on error.
inline std::int64_t or_error(std::int64_t returned) noexcept {
  return returned == -1 ? -errno : returned;
}

// The attributes of chattr(1) that prevent changes of names.
struct inode_flags {
  // For a directory: names can be added but not removed.
  bool append_only = false;
  bool immutable = false;
};

class ASIOFILE_DECL system_calls {
 public:
  system_calls() = default;
  system_calls(const system_calls&) = delete;
  system_calls& operator=(const system_calls&) = delete;
  virtual ~system_calls();

  // ---- open files

  virtual std::int64_t close(int fd) noexcept = 0;
  // fcntl(2), F_DUPFD_CLOEXEC.
  virtual std::int64_t duplicate(int fd) noexcept = 0;
  virtual std::int64_t readv(int fd, const iovec* buffers, int count) noexcept = 0;
  virtual std::int64_t writev(int fd, const iovec* buffers, int count) noexcept = 0;
  virtual std::int64_t preadv(int fd, const iovec* buffers, int count, off_t offset) noexcept = 0;
  virtual std::int64_t pwritev(int fd, const iovec* buffers, int count, off_t offset) noexcept = 0;
  // With `transfer_flags`; offset -1 means the descriptor's own position. -ENOSYS if the system has
  // no such call, -EOPNOTSUPP if it, or the file, does not support one of the flags.
  virtual std::int64_t preadv2(int fd, const iovec* buffers, int count, off_t offset,
                               transfer_flags flags) noexcept = 0;
  virtual std::int64_t pwritev2(int fd, const iovec* buffers, int count, off_t offset,
                                transfer_flags flags) noexcept = 0;
  virtual std::int64_t lseek(int fd, off_t offset, int whence) noexcept = 0;
  // If the system can, this also flushes the drive's cache (F_FULLFSYNC).
  virtual std::int64_t fsync(int fd) noexcept = 0;
  // The same as `fsync` if the system has no such call.
  virtual std::int64_t fdatasync(int fd) noexcept = 0;
  // Synchronises the file system that the file is on; -ENOSYS if the system has no such call.
  virtual std::int64_t syncfs(int fd) noexcept = 0;
  // -EOPNOTSUPP if the system has no such call.
  virtual std::int64_t fallocate(int fd, space_change change, off_t offset,
                                 off_t length) noexcept = 0;
  // fcntl(2), F_OFD_SETLK: a lock of the open file description, without waiting. `type`: F_RDLCK,
  // F_WRLCK or F_UNLCK. `length` 0: to the end of the file and beyond. If the system has no such
  // locks, flock(2) on the whole file, and -EOPNOTSUPP on a part.
  virtual std::int64_t set_lock(int fd, int type, off_t offset, off_t length) noexcept = 0;
  // posix_fadvise(2); -EOPNOTSUPP if the system has no such call.
  virtual std::int64_t fadvise(int fd, off_t offset, off_t length, int advice) noexcept = 0;
  // Makes one file share the data of another: FICLONE in ioctl_ficlone(2).
  virtual std::int64_t clone(int to, int from) noexcept = 0;
  // From and to the same offset, without flags; -ENOSYS if the system has no such call.
  virtual std::int64_t copy_file_range(int from, int to, off_t offset,
                                       std::size_t length) noexcept = 0;
  // From a file of this system to a non-blocking socket. Returns what Linux's sendfile(2) does;
  // -ENOSYS if the system has no such call.
  virtual std::int64_t sendfile(int to, int from, off_t offset, std::size_t length) noexcept = 0;
  virtual std::int64_t ftruncate(int fd, off_t size) noexcept = 0;
  // fcntl(2), F_GETFL.
  virtual std::int64_t status_flags(int fd) noexcept = 0;
  // Clears O_NONBLOCK of a descriptor that was opened with it.
  virtual void set_blocking(int fd) noexcept = 0;
  virtual std::int64_t fstat(int fd, struct stat& found) noexcept = 0;
  // statx(2), or fstat(2) and fstatat(2).
  virtual std::int64_t status(int fd, file_status& found) noexcept = 0;
  // As much as one call reports; by fstat(2) if the system has no other.
  virtual std::int64_t look(int fd, first_look& found) noexcept;
  virtual std::int64_t fchmod(int fd, mode_t mode) noexcept = 0;
  virtual std::int64_t fchown(int fd, uid_t owner, gid_t group) noexcept = 0;
  // Extended attributes; -EOPNOTSUPP if the system or the file system has none. Those of a file
  // that is open with O_PATH can be read if /proc is mounted; -EBADF otherwise.
  virtual std::int64_t flistxattr(int fd, char* found, std::size_t size) noexcept = 0;
  virtual std::int64_t fgetxattr(int fd, const char* attribute, void* value,
                                 std::size_t size) noexcept = 0;
  virtual std::int64_t fsetxattr(int fd, const char* attribute, const void* value,
                                 std::size_t size) noexcept = 0;
  virtual std::int64_t fremovexattr(int fd, const char* attribute) noexcept = 0;
  // The alignment that a file that is open with O_DIRECT demands.
  virtual io_alignment direct_alignment(int fd) noexcept = 0;
  // All 0 if it supports none.
  virtual untorn_write_limits untorn_writes(int fd) noexcept = 0;
  // The kind of file system that the file is on. May wait.
  virtual file_system_facts file_system(int fd) noexcept = 0;
  // Whether files can be read and written by the kernel's preadv2(2) and pwritev2(2) with
  // RWF_NOWAIT. These are not called through this table: the paths that use them cannot afford it.
  [[nodiscard]] virtual bool has_nowait() const noexcept = 0;
  // Whether paths are confined to the directory that they begin in: see `make_confined_calls`. That
  // directory is kept open until it is released.
  [[nodiscard]] virtual bool is_confined() const noexcept { return false; }
  virtual void let_go() noexcept {}

  // ---- names. `base`: the directory that a path begins in, a descriptor or AT_FDCWD.

  virtual std::int64_t openat(int base, const char* path, int flags, mode_t mode) noexcept = 0;
  // Beneath the directory `root`: openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS, or an
  // equivalent. `open_flags`: `file_base::flags`. `permissions`: of a created file.
  virtual std::int64_t open_beneath(int root, const std::string& path, int open_flags,
                                    std::uint32_t permissions) noexcept = 0;
  // Opens what has the name with O_PATH: whatever it is, even a symbolic link, and without
  // permission to read it. Only fstat, `flistxattr`, `fgetxattr` and `may_write` accept the
  // descriptor. -ELOOP for a symbolic link if the system has no such descriptors.
  virtual std::int64_t open_place(int base, const char* name) noexcept = 0;
  // Gives an open file that has no name (O_TMPFILE) one. -EOPNOTSUPP if that is not possible;
  // `may_link_descriptor` tells beforehand.
  virtual std::int64_t link_descriptor(int fd, int to_base, const char* to) noexcept = 0;
  virtual bool may_link_descriptor(int fd) noexcept = 0;
  virtual std::int64_t open_directory(int base, const char* path,
                                      std::unique_ptr<directory_stream>& opened) = 0;
  virtual std::int64_t fstatat(int base, const char* path, struct stat& found,
                               int flags) noexcept = 0;
  virtual std::int64_t path_status(int base, const char* path, bool follow,
                                   file_status& found) noexcept = 0;
  // Whether the process may write to an open file, with its effective user and capabilities.
  // -ENOSYS or -EPERM if the system may have no such call (faccessat2(2), Linux 5.8).
  virtual std::int64_t may_write(int fd) noexcept = 0;
  // A symbolic link at the end is not followed, unless a slash follows it.
  virtual inode_flags flags_at(int base, const char* path) noexcept = 0;
  // Whether symbolic links in the directory may lead to something other than their text says (magic
  // links, proc(5)).
  virtual bool has_magic_links(int directory) noexcept = 0;
  virtual std::int64_t renameat(int from_base, const char* from, int to_base,
                                const char* to) noexcept = 0;
  // -ENOSYS if the system or a sandbox has no such call.
  virtual std::int64_t renameat2(int from_base, const char* from, int to_base, const char* to,
                                 unsigned flags) noexcept = 0;
  virtual std::int64_t unlinkat(int base, const char* path, int flags) noexcept = 0;
  virtual std::int64_t mkdirat(int base, const char* path, mode_t mode) noexcept = 0;
  virtual std::int64_t linkat(int from_base, const char* from, int to_base, const char* to,
                              int flags) noexcept = 0;
  virtual std::int64_t symlinkat(const char* target, int base, const char* path) noexcept = 0;
  virtual std::int64_t readlinkat(int base, const char* path, char* into,
                                  std::size_t size) noexcept = 0;

  // Differs from call to call, and from process to process: for unique names.
  virtual std::uint64_t unlikely_number() noexcept = 0;
};

// An object that owns a descriptor shares its system, which may be a simulation that has no other
// owner.
using system_calls_ptr = std::shared_ptr<system_calls>;

// Never destroyed: descriptors may be closed when the program ends.
[[nodiscard]] ASIOFILE_DECL const system_calls_ptr& kernel_calls() noexcept;

}  // namespace asiofile::detail
