// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An operation as an entry of a ring's submission queue. Inlined, because an entry is filled for
// each operation.

#include "operations/operation.hpp"
#include "operations/speculation.hpp"
#include "system/posix_calls.hpp"

#include <liburing.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstdint>

namespace asiofile::detail {

// `user_data` of an entry: the operation's address, with the kind of entry in its low bits, which
// are free.
inline constexpr std::uint64_t no_operation_tag = 1;  // of a cancellation: nobody waits for it
inline constexpr std::uint64_t linked_sync_tag = 2;   // of the sync that is linked to a write
inline constexpr std::uint64_t entry_tags = no_operation_tag | linked_sync_tag;
static_assert(alignof(operation) > entry_tags);

[[nodiscard]] inline std::uint64_t address_of(const operation& which) noexcept {
  return reinterpret_cast<std::uint64_t>(&which);
}
[[nodiscard]] inline operation& operation_at(std::uint64_t user_data) noexcept {
  return *reinterpret_cast<operation*>(user_data & ~entry_tags);
}

// Whether an operation is submitted as a write and a sync that is linked to it. Not if one call
// cannot write everything: the write would be complete without its last part.
[[nodiscard]] inline bool is_linked_write(const operation& which) noexcept {
  if (which.kind() != operation_kind::write) return false;
  const transfer_operation& its = as_transfer(which);
  return its.links_sync && its.sync != sync_after::none && !is_sync_left(its) &&
         its.remaining() <= transfer_bytes_max;
}

// Names the file by its index in the ring's table, if it has one.
inline void use_registered_file(registered_indices known, io_uring_sqe& sqe) noexcept {
  if (known.file == registered_indices::none) return;
  sqe.fd = known.file;
  sqe.flags |= IOSQE_FIXED_FILE;
}

inline void prepare_sync(int fd, sync_after wanted, io_uring_sqe& sqe) noexcept {
  io_uring_prep_fsync(&sqe, fd, wanted == sync_after::data ? IORING_FSYNC_DATASYNC : 0);
}

inline void prepare_transfer(const transfer_operation& next, io_uring_sqe& sqe) noexcept {
  const bool is_read = next.kind() == operation_kind::read;
  const file_facts& file = next.facts();
  if (next.buffer_count == 1) {
    const auto bytes = static_cast<unsigned>(
        std::min<std::uint64_t>(next.buffers->iov_len, transfer_bytes_max));
    // Data that goes through the page cache is copied by the processor: registered memory does not
    // help there.
    const bool is_fixed = file.is_direct && next.registered.buffer != registered_indices::none;
    const int opcode = is_fixed ? (is_read ? IORING_OP_READ_FIXED : IORING_OP_WRITE_FIXED)
                                : (is_read ? IORING_OP_READ : IORING_OP_WRITE);
    io_uring_prep_rw(opcode, &sqe, file.fd, next.buffers->iov_base, bytes, next.next_offset());
    if (is_fixed) sqe.buf_index = next.registered.buffer;
  } else {
    io_uring_prep_rw(is_read ? IORING_OP_READV : IORING_OP_WRITEV, &sqe, file.fd, next.buffers,
                     next.buffer_count, next.next_offset());
  }
  sqe.ioprio = next.priority;
}

// A read, a write, a sync, or the remaining sync of a chain.
inline void prepare(const operation& next, io_uring_sqe& sqe) noexcept {
  if (!next.is_transfer()) {
    const bool is_data = next.kind() == operation_kind::sync_data;
    return prepare_sync(next.facts().fd, is_data ? sync_after::data : sync_after::all, sqe);
  }
  const transfer_operation& its = as_transfer(next);
  if (is_sync_left(its)) [[unlikely]] {
    prepare_sync(its.facts().fd, its.sync, sqe);
  } else {
    prepare_transfer(its, sqe);
    if (its.concerns_others) [[unlikely]]
      sqe.rw_flags = its.flags;
    // It gets here only if there is no worker for it. It would wait for the device in the
    // submitting thread, if the file system writes without a kernel worker (xfs:
    // generic_write_sync() in Linux's include/linux/fs.h knows no IOCB_NOWAIT).
    if (is_durable_buffered_write(its)) [[unlikely]]
      sqe.flags |= IOSQE_ASYNC;
  }
  use_registered_file(its.registered, sqe);
}

}  // namespace asiofile::detail
