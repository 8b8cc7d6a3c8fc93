// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// File operations as calls of the context's system, made by the thread that calls these functions.
//
// Results are what the call returned (a count, a descriptor, a size, 0), or an errno value,
// negated: the form in which the kernel's rings report too.

#include "system/system_calls.hpp"

#include <asiofile/detail/operation.hpp>
#include <asiofile/file_advice.hpp>

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace asiofile {

enum class file_advice : unsigned char;

}  // namespace asiofile

namespace asiofile::detail {

class operation;

// The system would take a path with a zero byte inside for another file's.
constexpr bool has_zero_byte(std::string_view path) noexcept {
  return path.find('\0') != path.npos;
}

// The directory that the last component of a path is in, with a slash at its end. Throws
// std::bad_alloc.
std::string parent_of(std::string_view path);

// Whether an open file has no positions: lseek(2) fails with ESPIPE for a pipe, socket or FIFO, and
// on Linux for a terminal.
bool is_stream(system_calls& system, int fd) noexcept;

// The most that one read or write transfers on Linux (read(2), "Notes"); on other systems it is a
// bound below INT_MAX.
inline constexpr std::uint64_t transfer_bytes_max = 0x7fff'f000;

// Whether it can be passed to system calls, which take signed numbers of 64 bits.
constexpr bool is_offset(std::uint64_t offset) noexcept { return offset >> 63 == 0; }
constexpr bool is_range(std::uint64_t offset, std::uint64_t length) noexcept {
  return is_offset(offset) && is_offset(length) && is_offset(offset + length);
}

// `base`: the directory that the path begins in, a descriptor or AT_FDCWD. `open_flags`:
// `file_base::flags`, also those that open(2) does not know.
// `permissions`: of a file that is created, less the process's umask.
ASIOFILE_DECL std::int64_t open_path(system_calls& system, int base, const char* path,
                                     int open_flags, unsigned permissions) noexcept;
// The same without `temporary`. Flags of open(2)
// that `file_base` does not name are passed on.
std::int64_t open_at(system_calls& system, int base, const char* path, int open_flags,
                     unsigned permissions) noexcept;
// A file without a name in the directory (O_TMPFILE): -EOPNOTSUPP if the system or the file system
// has none, whatever error it reports then.
std::int64_t open_unnamed(system_calls& system, int base, const char* directory, int flags,
                          unsigned mode) noexcept;
// The mode of a new file until its owner and rights are known.
inline constexpr mode_t owner_only = S_IRUSR | S_IWUSR;
// Whether chmod(2) takes them.
constexpr bool are_permissions(std::uint32_t bits) noexcept { return bits <= 07777; }
// The flags that open(2) itself handles.
ASIOFILE_DECL int native_open_flags(int open_flags) noexcept;
// Whether open(2) alone implements these flags.
bool is_plain_open(int open_flags) noexcept;
// Whether open(2) waits for a FIFO's other end.
bool may_wait_for_peer(int open_flags) noexcept;

// mkostemp(3): replaces the "XXXXXX" at the end of a path, so that it names a new file.
std::int64_t open_unlikely(system_calls& system, int base, char* path, int flags) noexcept;

// Closes once, whatever it returns: close(2), "Dealing with error returns". The number may belong
// to another file by the time that an interrupted close returns. Returns 0 or an errno value.
int close_descriptor(system_calls& system, int fd) noexcept;

std::int64_t file_size(system_calls& system, int fd) noexcept;
// The descriptor's own position; 0 if it has none.
std::uint64_t current_position(system_calls& system, int fd) noexcept;
void set_current_position(system_calls& system, int fd, bool is_at_end,
                          std::uint64_t position) noexcept;
std::int64_t find_status(system_calls& system, int fd, file_status& status) noexcept;
// fallocate(2); -EOPNOTSUPP if the system has no such call.
std::int64_t change_space(system_calls& system, int fd, space_change change, std::uint64_t offset,
                          std::uint64_t length) noexcept;
// Tries to lock a part of a file, or unlocks it: see `system_calls::set_lock`. -EAGAIN if another
// open file has a conflicting lock.
std::int64_t change_lock(system_calls& system, int fd, int type, std::uint64_t offset,
                         std::uint64_t length) noexcept;
// posix_fadvise(2); -EOPNOTSUPP if the system has no such call.
std::int64_t advise_range(system_calls& system, int fd, std::uint64_t offset, std::uint64_t length,
                          file_advice advice) noexcept;
// The value for posix_fadvise(2).
int native_advice(file_advice advice) noexcept;
std::int64_t resize_file(system_calls& system, int fd, std::uint64_t size) noexcept;
std::int64_t sync_file(system_calls& system, int fd, operation_kind kind) noexcept;

// One read or write, of `transfer_bytes_max` bytes at most. `is_at_own_position`: as read(2) and
// write(2), at the descriptor's own position, or on a stream, which has none; the offset is
// ignored. The buffers are unchanged when it returns.
std::int64_t transfer_some(system_calls& system, int fd, operation_kind kind,
                           bool is_at_own_position, std::uint64_t offset, iovec* buffers,
                           std::size_t count) noexcept;

// Sets the calling thread's I/O priority, as for ioprio_set(2); 0 for none.
std::int64_t set_thread_priority(std::uint16_t priority) noexcept;

}  // namespace asiofile::detail
