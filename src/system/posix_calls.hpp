#pragma once

// File operations as system calls, made by the thread that calls these functions.
//
// Results are what the call returned (a count, a descriptor, a size, 0), or an errno value,
// negated: the form in which the kernel's rings report too.

#include <asiofile/detail/operation.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace asiofile::detail {

// Of a call that returns -1 on error.
inline std::int64_t or_error(std::int64_t returned) noexcept {
  return returned == -1 ? -errno : returned;
}

// A path with a zero byte inside would name another file to the system.
constexpr bool has_zero_byte(std::string_view path) noexcept {
  return path.find('\0') != path.npos;
}

// Whether an open file has no positions: lseek(2), ESPIPE for a pipe, socket or FIFO; terminals say so
// too on Linux.
bool is_stream(int fd) noexcept;

// The most that one read or write transfers on Linux (read(2), "Notes"); elsewhere a bound below
// INT_MAX serves as well.
inline constexpr std::uint64_t transfer_bytes_max = 0x7fff'f000;

// Whether the system's calls can be given it: they take signed numbers of 64 bits.
constexpr bool is_offset(std::uint64_t offset) noexcept { return offset >> 63 == 0; }
constexpr bool is_range(std::uint64_t offset, std::uint64_t length) noexcept {
  return is_offset(offset) && is_offset(length) && is_offset(offset + length);
}

// `base`: the directory that the path begins in, a descriptor or AT_FDCWD. `open_flags`:
// `file_base::flags`, also those that open(2) does not know. `permissions`: of a file that is created.
std::int64_t open_path(int base, const char* path, int open_flags,
                       std::uint32_t permissions) noexcept;
// The same without `temporary`. Flags of open(2) that `file_base` does not name are passed on.
std::int64_t open_at(int base, const char* path, int open_flags,
                     std::uint32_t permissions) noexcept;
// Whether chmod(2) takes them.
constexpr bool are_permissions(std::uint32_t bits) noexcept { return bits <= 07777; }
// Those that it does.
int native_open_flags(int open_flags) noexcept;
// Whether open(2) alone can do what they say.
bool is_plain_open(int open_flags, std::uint32_t permissions) noexcept;

// Closes once, whatever it returns: close(2), "Dealing with error returns". The number may belong
// to another file by the time that an interrupted close returns.
int close_descriptor(int fd) noexcept;

std::int64_t file_size(int fd) noexcept;
// The descriptor's own position; 0 where it has none.
std::uint64_t current_position(int fd) noexcept;
void set_current_position(int fd, bool is_at_end, std::uint64_t position) noexcept;
std::int64_t find_status(int fd, file_status& status) noexcept;
// fallocate(2); -EOPNOTSUPP where the system has no such call.
std::int64_t allocate_range(int fd, std::uint64_t offset, std::uint64_t length) noexcept;
// posix_fadvise(2); -EOPNOTSUPP where the system has no such call.
std::int64_t advise_range(int fd, std::uint64_t offset, std::uint64_t length,
                          file_advice advice) noexcept;
// An advice as posix_fadvise(2) spells it.
int native_advice(file_advice advice) noexcept;
std::int64_t resize_file(int fd, std::uint64_t size) noexcept;
std::int64_t sync_file(int fd, operation_kind kind) noexcept;

// One read or write, of `transfer_bytes_max` bytes at most. `is_stream`: the offset is ignored.
std::int64_t transfer_some(int fd, operation_kind kind, bool is_stream, std::uint64_t offset,
                           const iovec* buffers, std::size_t count) noexcept;

// Gives the calling thread an I/O priority, as ioprio_set(2) has it; 0 for none.
std::int64_t set_thread_priority(std::uint16_t priority) noexcept;

// Runs (the next piece of) any operation to its end. Not again after an interruption: the result
// is then -EINTR.
std::int64_t run_blocking(operation& what) noexcept;

}  // namespace asiofile::detail
