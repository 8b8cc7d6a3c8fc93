#pragma once

// The system's calls on files and names, as the library makes them: of the kernel, or of a
// simulation where the descriptor (of a file, or of the directory in which a path begins) is one of
// its own. The one place where the two are told apart.
//
// They return what the kernel's do: -1 and an errno value on error.

#include "system/simulation.hpp"

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace asiofile::detail::system {

int openat(int base, const char* path, int flags, mode_t mode = 0) noexcept;
int close(int fd) noexcept;
ssize_t read(int fd, void* into, std::size_t size) noexcept;
ssize_t readv(int fd, const iovec* buffers, int count) noexcept;
ssize_t writev(int fd, const iovec* buffers, int count) noexcept;
ssize_t preadv(int fd, const iovec* buffers, int count, off_t offset) noexcept;
ssize_t pwritev(int fd, const iovec* buffers, int count, off_t offset) noexcept;
off_t lseek(int fd, off_t offset, int whence) noexcept;
// As far as the system can, also out of the drive's cache (F_FULLFSYNC).
int fsync(int fd) noexcept;
// As `fsync` where the system has no such call.
int fdatasync(int fd) noexcept;
// fallocate(2) without flags; EOPNOTSUPP where the system has no such call.
int fallocate(int fd, off_t offset, off_t length) noexcept;
// posix_fadvise(2): returns 0 or an errno value.
int fadvise(int fd, off_t offset, off_t length, int advice) noexcept;
int ftruncate(int fd, off_t size) noexcept;
// fcntl(2), F_GETFL.
int status_flags(int fd) noexcept;
int fstat(int fd, struct stat& found) noexcept;
int fstatat(int base, const char* path, struct stat& found, int flags) noexcept;
int fchmod(int fd, mode_t mode) noexcept;
int faccessat(int base, const char* path, int mode, int flags) noexcept;
int renameat(int from_base, const char* from, int to_base, const char* to) noexcept;
// renameat2(2); ENOSYS where the system has no such call.
int renameat2(int from_base, const char* from, int to_base, const char* to,
              unsigned flags) noexcept;
int unlinkat(int base, const char* path, int flags) noexcept;
int mkdirat(int base, const char* path, mode_t mode) noexcept;
int linkat(int from_base, const char* from, int to_base, const char* to, int flags) noexcept;
int symlinkat(const char* target, int base, const char* path) noexcept;
ssize_t readlinkat(int base, const char* path, char* into, std::size_t size) noexcept;
// mkostemp(3) with a path that begins in a directory.
int mkostempat(int base, char* path, int flags) noexcept;

// Not errno but an errno value, negated: of a file, and of a path.
std::int64_t find_status(int fd, file_status& found) noexcept;
std::int64_t find_status(int base, const char* path, bool follow, file_status& found) noexcept;

// Differs from call to call, and from process to process.
std::uint64_t unlikely_number(int directory) noexcept;

}  // namespace asiofile::detail::system
