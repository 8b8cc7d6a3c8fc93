// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What needs neither a ring nor a thread because it does not wait: reads of what is cached and
// writes into the cache by RWF_NOWAIT, opening by what is cached of names, and closing a file of
// this machine. A dispatch pass tries it.

#include "operations/completion.hpp"
#include "operations/nowait_transfer.hpp"
#include "operations/operation.hpp"

#include <fcntl.h>

#include <cstdint>

namespace asiofile::detail {

// Beyond so many bytes, the copying is work enough to be worth another thread, or the kernel's own.
inline constexpr std::uint64_t speculative_bytes_max = 64 * 1024;

// A small write into the system's cache: a few microseconds, unless memory is short. Not one that
// takes its sync along, nor one on a file with O_SYNC or O_DSYNC (a bit of O_SYNC): it waits for
// the device, with RWF_NOWAIT, too.
[[nodiscard]] inline bool is_small_buffered_write(const operation& which) noexcept {
  if (which.kind() != operation_kind::write) return false;
  const transfer_operation& its = as_transfer(which);
  return !its.links_sync && !is_sync_left(its) && its.facts().is_storage &&
         !its.facts().is_direct && (its.facts().status_flags & O_SYNC) == 0 &&
         its.requested <= speculative_bytes_max;
}

// A write through the system's cache that waits for the device as well: durable by itself, or on a
// file with O_SYNC or O_DSYNC.
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

// Not on a server's file system, which may wait for the server all the same. Not with O_DIRECT,
// where RWF_NOWAIT does not keep the call from waiting for the device. Not with a priority: whether
// the process may use it is for an engine to find out. Not on a stream: a poller waits for its
// peer.
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
// Takes note of how one has ended.
inline void learn_from_try(operation& tried, bool has_succeeded) noexcept {
  if (!tried.is_transfer()) return;
  speculation_history& history = tried.target->speculation;
  if (tried.kind() == operation_kind::read) return history.reads.learn(has_succeeded);
  if (!has_succeeded && tried.result == -EOPNOTSUPP) history.writes_need_worker = true;
  history.writes.learn(has_succeeded);
}

// The file system (ext4, tmpfs) cannot tell whether such a transfer would wait. A ring gives each
// to a worker of the kernel's; a worker of ours does as many with less work, and does one by itself
// twenty times sooner. What waits for the device in the kernel's worker does so one at a time for
// each file (Linux 6.18, io_uring/io_uring.c, io_prep_async_work: `hash_reg_file`); workers of ours do
// several, which the file system makes durable together.
[[nodiscard]] inline bool prefers_worker(const transfer_operation& next) noexcept {
  return (next.target->speculation.writes_need_worker && is_small_buffered_write(next)) ||
         is_small_read_of_memory(next) || is_durable_buffered_write(next);
}

[[nodiscard]] bool try_close(close_operation& wanted) noexcept;
[[nodiscard]] bool try_open(open_operation& wanted) noexcept;
[[nodiscard]] inline bool try_transfer(transfer_operation& wanted) noexcept {
  const std::int64_t result = transfer_without_waiting(wanted);
  wanted.result = result;
  // Nothing: an engine finds out whether that is the end of the file (Linux 5.9 and 5.10 return 0
  // elsewhere, too), and what an error means.
  if (result <= 0) return false;
  const auto bytes = static_cast<std::uint64_t>(result);
  if (bytes != wanted.remaining()) {
    // The end of the file, or of what is cached.
    advance(wanted, bytes);
    return false;
  }
  // Of a write that a sync follows, the pipeline takes note.
  if (wanted.sync == sync_after::none) wanted.transferred += bytes;
  return true;
}

// Tries it. Returns whether it has completed: everything that it asks for is done. `transferred`
// counts what is, and an engine goes on behind it where that is less.
[[nodiscard]] inline bool try_without_waiting(operation& wanted) noexcept {
  wanted.was_tried = true;
  if (wanted.is_transfer()) [[likely]]
    return try_transfer(as_transfer(wanted));
  return wanted.kind() == operation_kind::open ? try_open(static_cast<open_operation&>(wanted))
                                               : try_close(static_cast<close_operation&>(wanted));
}

}  // namespace asiofile::detail
