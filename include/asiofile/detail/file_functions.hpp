// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The synchronous functions of file_access.hpp with an `error_code`.

#include <asiofile/detail/errors.hpp>
#include <asiofile/detail/file_access.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace asiofile::detail {

using boost::system::error_code;

inline void open(file_state& file, const char* path, std::size_t path_size, file_base::flags flags,
                 std::uint32_t permissions, error_code& ec) {
  ec = make_error(open(file, path, path_size, flags, permissions));
}
inline void assign(file_state& file, int fd, ownership owner, error_code& ec) {
  ec = make_error(assign(file, fd, owner));
}
inline void close(file_state& file, error_code& ec) { ec = make_error(close(file)); }
inline int release(file_state& file, error_code& ec) {
  int fd = -1;
  ec = make_error(release(file, fd));
  return fd;
}
inline void cancel(file_state& file, error_code& ec) { ec = make_error(cancel_all(file)); }
inline io_alignment alignment(const file_state& file, error_code& ec) {
  io_alignment found;
  ec = make_error(alignment(file, found));
  return found;
}
inline std::uint64_t size(const file_state& file, error_code& ec) {
  std::uint64_t bytes = 0;
  ec = make_error(size(file, bytes));
  return bytes;
}
inline file_status status(const file_state& file, error_code& ec) {
  file_status found;
  ec = make_error(status(file, found));
  return found;
}
inline void advise(file_state& file, std::uint64_t offset, std::uint64_t length,
                   file_advice advice, error_code& ec) {
  ec = make_error(advise(file, offset, length, advice));
}
inline void change_space(file_state& file, space_change change, std::uint64_t offset,
                         std::uint64_t length, error_code& ec) {
  ec = make_error(change_space(file, change, offset, length));
}
inline void lock(file_state& file, lock_mode mode, std::uint64_t offset, std::uint64_t length,
                 error_code& ec) {
  ec = make_error(lock(file, mode, offset, length));
}
inline bool try_lock(file_state& file, lock_mode mode, std::uint64_t offset, std::uint64_t length,
                     error_code& ec) {
  bool is_locked = false;
  ec = make_error(try_lock(file, mode, offset, length, is_locked));
  return is_locked;
}
inline void unlock(file_state& file, std::uint64_t offset, std::uint64_t length, error_code& ec) {
  ec = make_error(unlock(file, offset, length));
}
inline void set_uncached(file_state& file, bool is_uncached, error_code& ec) {
  ec = make_error(set_uncached(file, is_uncached));
}
inline untorn_write_limits untorn_writes(const file_state& file, error_code& ec) {
  untorn_write_limits found;
  ec = make_error(untorn_writes(file, found));
  return found;
}
inline void resize(file_state& file, std::uint64_t size, error_code& ec) {
  ec = make_error(resize(file, size));
}
inline void sync(file_state& file, operation_kind kind, error_code& ec) {
  ec = make_error(sync(file, kind));
}
inline std::size_t transfer(file_state& file, operation_kind kind, std::uint64_t offset,
                            std::span<iovec> buffers, const memory_slot* slot, error_code& ec,
                            write_flags flags = write_flags::none) {
  std::size_t bytes = 0;
  ec = make_error(transfer(file, kind, offset, buffers, slot, bytes, flags));
  return bytes;
}
inline std::size_t transfer_at_position(file_state& file, operation_kind kind,
                                        std::span<iovec> buffers, const memory_slot* slot,
                                        error_code& ec,
                                        write_flags flags = write_flags::none) {
  std::size_t bytes = 0;
  ec = make_error(transfer_at_position(file, kind, buffers, slot, bytes, flags));
  return bytes;
}
inline std::uint64_t seek(file_state& file, std::int64_t offset, file_base::seek_basis whence,
                          error_code& ec) {
  std::uint64_t position = 0;
  ec = make_error(seek(file, offset, whence, position));
  return position;
}
inline void register_descriptor(file_state& file, error_code& ec) {
  ec = make_error(register_descriptor(file));
}
inline void set_priority(file_state& file, std::uint16_t priority, error_code& ec) {
  ec = make_error(set_priority(file, priority));
}

}  // namespace asiofile::detail
