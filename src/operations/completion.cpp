// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "operations/completion.hpp"

#include "system/posix_calls.hpp"

#include <asiofile/detail/job.hpp>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace asiofile::detail {

namespace {

// For a sync after a write: its result says nothing if it was cancelled, or was not begun.
bool is_unrun(std::int32_t sync_result) noexcept {
  return sync_result == transfer_operation::sync_not_run || sync_result == -ECANCELED;
}

bool is_sync_or_close(const operation& which) noexcept {
  return which.is_sync() || which.kind() == operation_kind::close;
}

verdict judge_error(const operation& returned, bool another) noexcept {
  switch (-returned.result) {
    case ECANCELED:
    case EFAULT:
    case EINTR:
      if (returned.cancel_requested && returned.result != -EFAULT) return verdict::over;
      // The file's own error; and a failed write is reported only once.
      if (returned.result == -EFAULT && is_sync_or_close(returned)) return verdict::over;
      // Nobody requested it. io_uring also reports ECANCELED if the kernel can start no worker
      // (RLIMIT_NPROC, a pids cgroup), when retrying would never end; and either if the thread that
      // submitted has ended. A transfer at an offset can simply be repeated; so can an operation
      // that had not begun.
      if (returned.result != -EINTR && another) return verdict::fall_back;
      if (returned.result == -EFAULT) return verdict::over;
      // An interrupted sync may have consumed the record of a failed write (fsync(2)), so it must
      // be reported.
      if (returned.result == -EINTR && is_sync_or_close(returned)) return verdict::over;
      return verdict::resubmit;
    case EINVAL:
      // A second try would find the file that the first has created: Linux makes it before it
      // checks whether it can be opened with O_DIRECT.
      if (returned.kind() == operation_kind::open) return verdict::over;
      [[fallthrough]];
    case EAGAIN:
    case ENOSYS:
    case EOPNOTSUPP:
    case ESPIPE:
      // Perhaps a limit of the interface and not of the file: the result of a plain system call
      // decides.
      if (returned.cancel_requested && returned.result == -EAGAIN) return verdict::over;
      return another ? verdict::fall_back : verdict::over;
    default: return verdict::over;
  }
}

// The sync has run and reported an error. It may have consumed the record of a failed write, so it
// is never repeated.
bool has_failed_sync(const transfer_operation& returned) noexcept {
  return returned.sync_result < 0 && !is_unrun(returned.sync_result);
}

// Judges a write that a sync follows, when an engine has returned it without an error: from the
// write alone, from both, or from the sync alone.
verdict judge_written(transfer_operation& returned) noexcept {
  if (is_sync_left(returned)) {
    returned.sync_result = static_cast<std::int32_t>(returned.result);
    returned.result = 0;
    return verdict::over;
  }
  const bool has_moved = returned.result != 0;
  advance(returned, static_cast<std::uint64_t>(returned.result));
  if (!is_sync_left(returned)) {
    // It ran nevertheless: an older kernel, or the two were submitted separately.
    if (has_failed_sync(returned)) return verdict::over;
    // A short write, which broke the chain, or the limit of one call. A write of the rest
    // continues, or shows the reason.
    returned.sync_result = transfer_operation::sync_not_run;
    return has_moved ? verdict::resubmit : verdict::over;
  }
  if (!is_unrun(returned.sync_result)) return verdict::over;
  returned.sync_result = transfer_operation::sync_not_run;
  return verdict::resubmit;
}

verdict judge_chain(transfer_operation& returned, bool another) noexcept {
  if (returned.result >= 0) return judge_written(returned);
  if (is_sync_left(returned)) {
    const verdict judged = judge_error(returned, another);
    // A sync that was interrupted, or failed, may have consumed the record of a failed write.
    const bool has_run = returned.result == -EINTR || returned.result == -EFAULT;
    if (judged != verdict::over && !has_run) return judged;
    returned.sync_result = static_cast<std::int32_t>(std::exchange(returned.result, 0));
    return verdict::over;
  }
  if (has_failed_sync(returned)) return verdict::over;
  returned.sync_result = transfer_operation::sync_not_run;
  // Unlike a plain transfer it has not completed with a part of the data.
  return judge_error(returned, another);
}

verdict judge_transfer(transfer_operation& returned, bool another) noexcept {
  if (returned.result < 0) {
    const bool was_interrupted = returned.result == -EINTR && !returned.cancel_requested;
    // A later piece failed: the earlier ones are a short transfer.
    if (returned.transferred != 0 && !was_interrupted) return verdict::over;
    return judge_error(returned, another);
  }
  const auto bytes = static_cast<std::uint64_t>(returned.result);
  advance(returned, bytes);
  // Only the limit of one system call is compensated for. Any other short transfer is reported to
  // the caller.
  const bool is_cut_off = bytes == transfer_bytes_max && returned.remaining() != 0;
  return is_cut_off && !returned.cancel_requested ? verdict::resubmit : verdict::over;
}

int write_error(const transfer_operation& over) noexcept {
  if (over.remaining() == 0) return 0;
  if (over.result >= 0) return EIO;
  return static_cast<int>(-final_result(over, over.result));
}

int sync_error(const transfer_operation& over) noexcept {
  if (over.remaining() != 0) return ECANCELED;
  if (over.sync_result == transfer_operation::sync_not_run)
    return over.result < 0 ? static_cast<int>(-final_result(over, over.result)) : ECANCELED;
  return static_cast<int>(-final_result(over, over.sync_result));
}

bool is_opened_by_job(const operation& which) noexcept {
  return which.kind() == operation_kind::open &&
         static_cast<const open_operation&>(which).task != nullptr;
}

}  // namespace

std::string_view name_of(const operation& which) noexcept {
  switch (which.kind()) {
    case operation_kind::read: return "read";
    case operation_kind::write:
      switch (as_transfer(which).sync) {
        case sync_after::none: return "write";
        case sync_after::data: return "write_and_sync_data";
        case sync_after::all: return "write_and_sync_all";
      }
      break;
    case operation_kind::sync_all: return "sync_all";
    case operation_kind::sync_data: return "sync_data";
    case operation_kind::resize: return "resize";
    case operation_kind::size: return "size";
    case operation_kind::status: return "status";
    case operation_kind::allocate: return "allocate";
    case operation_kind::advise: return "advise";
    case operation_kind::lock: return "lock";
    case operation_kind::open: return "open";
    case operation_kind::close: return "close";
    case operation_kind::run_job: return static_cast<const job_operation&>(which).task->name();
    case operation_kind::wait: return "wait";
  }
  return "unknown";
}

void drop_front(iovec*& buffers, std::uint32_t& count, std::uint64_t bytes) noexcept {
  while (bytes != 0 && bytes >= buffers->iov_len) {
    bytes -= buffers->iov_len;
    ++buffers;
    --count;
  }
  if (bytes != 0) {
    buffers->iov_base = static_cast<std::byte*>(buffers->iov_base) + bytes;
    buffers->iov_len -= static_cast<std::size_t>(bytes); // less than iov_len
  }
}

void advance(transfer_operation& moved, std::uint64_t bytes) noexcept {
  moved.transferred += bytes;
  drop_front(moved.buffers, moved.buffer_count, bytes);
}

bool is_sync_failure(std::int64_t result) noexcept {
  switch (-result) {
    case ECANCELED:
    case EAGAIN:
    case EINVAL:
    case ENOSYS:
    case EOPNOTSUPP:
    case EBADF: return false;
    default: return result < 0;
  }
}

bool is_lost_data(std::int64_t result) noexcept {
  return result == -EIO || result == -ENOSPC || result == -EDQUOT;
}

bool has_sync_run(const transfer_operation& which) noexcept { return !is_unrun(which.sync_result); }

verdict judge(operation& returned, bool another) noexcept {
  // A job reports the results of its own calls, and has already judged each.
  if (returned.kind() == operation_kind::run_job || is_opened_by_job(returned))
    return verdict::over;
  if (is_chain(returned)) return judge_chain(as_transfer(returned), another);
  if (returned.is_transfer()) return judge_transfer(as_transfer(returned), another);
  return returned.result < 0 ? judge_error(returned, another) : verdict::over;
}

int transfer_error(operation_kind kind, std::uint64_t requested, std::uint64_t transferred,
                   std::int64_t result) noexcept {
  if (transferred != 0) return 0;
  if (result < 0) return static_cast<int>(-result);
  if (requested == 0) return 0;
  if (kind == operation_kind::read) return end_of_file;
  // A write that writes nothing without an error: an error, so that callers do not loop.
  return EIO;
}

std::int64_t final_result(const operation& over, std::int64_t result) noexcept {
  const bool is_aborted = over.cancel_requested && (result == -EINTR || result == -EAGAIN);
  return is_aborted ? -ECANCELED : result;
}

operation_result result_of(const operation& over) noexcept {
  operation_result told;
  const std::int64_t result = final_result(over, over.result);
  if (!over.is_transfer()) {
    told.error = result < 0 ? static_cast<int>(-result) : 0;
    told.value = result < 0 ? 0 : static_cast<std::uint64_t>(result);
    return told;
  }
  const transfer_operation& its = as_transfer(over);
  told.value = its.transferred;
  if (its.sync == sync_after::none) {
    told.error = transfer_error(its.kind(), its.requested, its.transferred, result);
    return told;
  }
  told.write_error = write_error(its);
  told.sync_error = sync_error(its);
  told.error = told.write_error != 0 ? told.write_error : told.sync_error;
  return told;
}

}  // namespace asiofile::detail
