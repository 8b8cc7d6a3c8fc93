// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "operations/run_blocking.hpp"

#include "system/file_look.hpp"
#include "system/flagged_transfer.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/job.hpp>

#include <fcntl.h>

#include <cerrno>

namespace asiofile::detail {

namespace {

std::int64_t transfer(system_calls& system, transfer_operation& what) noexcept {
  if (what.is_at_end) {
    const std::int64_t end = file_size(system, what.facts().fd);
    if (end < 0) return end;
    what.offset = static_cast<std::uint64_t>(end);
    what.is_at_end = false;
  }
  const bool is_at_own_position =
      what.facts().is_stream || what.offset == transfer_operation::descriptor_position;
  if (what.flags == 0)
    return transfer_some(system, what.facts().fd, what.kind(), is_at_own_position,
                         what.next_offset(), what.buffers, what.buffer_count);
  // A stream stores nothing.
  if (what.facts().is_stream) return -EINVAL;
  const transfer_flags asked_for = what.flags;
  const std::int64_t result = transfer_some_flagged(
      system, what.facts().fd, what.kind(), is_at_own_position, what.next_offset(), what.buffers,
      what.buffer_count, what.flags);
  what.was_refused_uncached = what.flags != asked_for;
  return result;
}

// A write and, if it was complete, the sync after it.
std::int64_t write_and_sync(system_calls& system, transfer_operation& what) noexcept {
  const int fd = what.facts().fd;
  const auto kind =
      what.sync == sync_after::all ? operation_kind::sync_all : operation_kind::sync_data;
  if (is_sync_left(what)) return sync_file(system, fd, kind);
  const std::int64_t result = transfer(system, what);
  const bool is_complete = result >= 0 && static_cast<std::uint64_t>(result) == what.remaining();
  if (is_complete && what.links_sync)
    what.sync_result = static_cast<std::int32_t>(sync_file(system, fd, kind));
  return result;
}

std::int64_t open_and_look(system_calls& paths, int base, open_operation& what) noexcept {
  const std::int64_t fd = what.task != nullptr
                              ? what.task->run()
                              : open_path(paths, base, what.path, what.flags, what.permissions);
  if (fd >= 0) what.found = look_at_file(paths, static_cast<int>(fd), what.flags, what.status);
  return fd;
}

std::int64_t sync_and_close(system_calls& system, const close_operation& what) noexcept {
  const int fd = what.facts().fd;
  const std::int64_t synced =
      what.syncs ? sync_file(system, fd, operation_kind::sync_all) : what.sync_result;
  const int error = what.keeps_open ? 0 : close_descriptor(system, fd);
  return synced < 0 ? synced : -error;
}

std::int64_t change_range(system_calls& system, const range_operation& what) noexcept {
  const int fd = what.facts().fd;
  switch (what.kind()) {
    case operation_kind::resize: return resize_file(system, fd, what.offset);
    case operation_kind::allocate:
      return change_space(system, fd, what.change, what.offset, what.length);
    default: return advise_range(system, fd, what.offset, what.length, what.advice);
  }
}

}  // namespace

std::int64_t run_blocking(operation& what, system_calls& paths, int base) noexcept {
  if (what.kind() == operation_kind::open)
    return open_and_look(paths, base, static_cast<open_operation&>(what));
  if (what.kind() == operation_kind::run_job) return static_cast<job_operation&>(what).task->run();
  if (what.kind() == operation_kind::wait) return -ENOSYS;
  system_calls& system = *what.facts().system;
  switch (what.kind()) {
    case operation_kind::read: return transfer(system, as_transfer(what));
    case operation_kind::write:
      return as_transfer(what).sync == sync_after::none ? transfer(system, as_transfer(what))
                                                        : write_and_sync(system, as_transfer(what));
    case operation_kind::sync_all:
    case operation_kind::sync_data: return sync_file(system, what.facts().fd, what.kind());
    case operation_kind::resize:
    case operation_kind::allocate:
    case operation_kind::advise: return change_range(system, static_cast<range_operation&>(what));
    case operation_kind::lock: {
      const auto& its = static_cast<const lock_operation&>(what);
      return change_lock(system, its.facts().fd, its.type, its.offset, its.length);
    }
    case operation_kind::size: return file_size(system, what.facts().fd);
    case operation_kind::status:
      return find_status(system, what.facts().fd, *static_cast<query_operation&>(what).status);
    default: return sync_and_close(system, static_cast<close_operation&>(what));
  }
}

}  // namespace asiofile::detail
