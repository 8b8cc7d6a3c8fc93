// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Operations that need neither a ring nor a thread because they do not wait: reads of cached data
// and writes into the cache by RWF_NOWAIT, opening files whose names are cached, and closing local
// files. A dispatch pass tries them.

#include "operations/completion.hpp"
#include "operations/nowait_transfer.hpp"
#include "operations/operation.hpp"

#include <fcntl.h>

#include <cstdint>

namespace asiofile::detail {

// Beyond this many bytes, copying takes long enough to be worth another thread, or one of the
// kernel's.
inline constexpr std::uint64_t speculative_bytes_max = 64 * 1024;

// A small write into the page cache: a few microseconds, unless memory is short. Not one that
// includes its sync, nor one on a file with O_SYNC or O_DSYNC (a bit of O_SYNC): those wait for the
// device even with RWF_NOWAIT.
[[nodiscard]] inline bool is_small_buffered_write(const operation& which) noexcept {
  if (which.kind() != operation_kind::write) return false;
  const transfer_operation& its = as_transfer(which);
  return !its.links_sync && !is_sync_left(its) && its.facts().is_storage &&
         !its.facts().is_direct && (its.facts().status_flags & O_SYNC) == 0 &&
         its.requested <= speculative_bytes_max;
}

// A write through the page cache that also waits for the device: durable by itself, or on a file
// with O_SYNC or O_DSYNC.
[[nodiscard]] inline bool is_durable_buffered_write(const operation& which) noexcept {
  if (which.kind() != operation_kind::write || is_sync_left(as_transfer(which))) return false;
  const file_facts& facts = which.facts();
  return facts.is_storage && !facts.is_direct &&
         ((facts.status_flags & O_DSYNC) != 0 || is_durable(which));
}

// A read of data that lives in memory (tmpfs).
[[nodiscard]] inline bool is_small_read_of_memory(const operation& which) noexcept {
  return which.kind() == operation_kind::read && which.facts().is_in_memory &&
         as_transfer(which).requested <= speculative_bytes_max;
}

// Not on a remote file system, which may wait for its server in any case. Not with O_DIRECT, where
// RWF_NOWAIT does not keep the call from waiting for the device. Not with a priority: an engine
// must find out whether the process may use it. Not on a stream: a poller waits for its peer.
[[nodiscard]] inline bool can_be_tried(const transfer_operation& next) noexcept {
  const file_facts& facts = next.facts();
  return facts.takes_nowait && facts.is_local && !facts.is_direct && !facts.is_stream &&
         next.priority == 0 && next.requested <= speculative_bytes_max && !is_sync_left(next);
}
[[nodiscard]] bool is_write_worth_trying(const transfer_operation& next) noexcept;
[[nodiscard]] bool is_close_worth_trying(const close_operation& next) noexcept;

// Whether a transfer, open or close is worth a try.
[[nodiscard]] inline bool is_worth_trying(operation& next) noexcept {
  if (next.was_tried) return false;
  if (next.is_transfer()) [[likely]] {
    transfer_operation& its = as_transfer(next);
    if (!can_be_tried(its)) return false;
    if (next.kind() == operation_kind::write) return is_write_worth_trying(its);
    return !its.is_at_end && its.target->speculation.reads.may_try();
  }
  if (next.kind() == operation_kind::open)
    return static_cast<const open_operation&>(next).may_be_cached;
  return next.kind() == operation_kind::close &&
         is_close_worth_trying(static_cast<const close_operation&>(next));
}
// Records the outcome of a try.
inline void learn_from_try(operation& tried, bool has_succeeded) noexcept {
  if (!tried.is_transfer()) return;
  speculation_history& history = tried.target->speculation;
  if (tried.kind() == operation_kind::read) return history.reads.learn(has_succeeded);
  if (!has_succeeded && tried.result == -EOPNOTSUPP) history.writes_need_worker = true;
  history.writes.learn(has_succeeded);
}

// The file system (ext4, tmpfs) cannot tell whether such a transfer would wait. A ring gives each
// to a kernel worker; a worker of this library does as many with less work, and completes a single
// one in a twentieth of the time. Kernel workers run those that wait for the device one at a time
// for each file (Linux 6.18, io_uring/io_uring.c, io_prep_async_work: `hash_reg_file`); workers of
// this library run several, which the file system makes durable together.
[[nodiscard]] inline bool prefers_worker(const transfer_operation& next) noexcept {
  return (next.target->speculation.writes_need_worker && is_small_buffered_write(next)) ||
         is_small_read_of_memory(next) || is_durable_buffered_write(next);
}

[[nodiscard]] bool try_close(close_operation& wanted) noexcept;
[[nodiscard]] bool try_open(open_operation& wanted) noexcept;
[[nodiscard]] inline bool try_transfer(transfer_operation& wanted) noexcept {
  const std::int64_t result = transfer_without_waiting(wanted);
  wanted.result = result;
  // Nothing was read: an engine finds out whether that is the end of the file (Linux 5.9 and 5.10
  // also return 0 before it), and what an error means.
  if (result <= 0) return false;
  const auto bytes = static_cast<std::uint64_t>(result);
  if (bytes != wanted.remaining()) {
    // The end of the file, or of the cached data.
    advance(wanted, bytes);
    return false;
  }
  // For a write that a sync follows, the pipeline does this.
  if (wanted.sync == sync_after::none) wanted.transferred += bytes;
  return true;
}

// Tries it. Returns whether it has completed: everything that it asks for is done. `transferred`
// counts what is done; if that is less, an engine continues from there.
[[nodiscard]] inline bool try_without_waiting(operation& wanted) noexcept {
  wanted.was_tried = true;
  if (wanted.is_transfer()) [[likely]]
    return try_transfer(as_transfer(wanted));
  return wanted.kind() == operation_kind::open ? try_open(static_cast<open_operation&>(wanted))
                                               : try_close(static_cast<close_operation&>(wanted));
}

}  // namespace asiofile::detail
