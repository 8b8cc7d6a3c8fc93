#include "operations/completion.hpp"

#include "system/posix_calls.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace asiofile::detail {

namespace {

bool is_transfer(const operation& which) noexcept {
  return which.kind == operation_kind::read || which.kind == operation_kind::write;
}

verdict judge_error(const operation& returned, bool another) noexcept {
  switch (-returned.result) {
    case ECANCELED:
    case EINTR:
      if (returned.cancel_requested) return verdict::over;
      // io_uring also says so where the kernel can start no worker (RLIMIT_NPROC, a pids cgroup):
      // again would be for ever.
      if (returned.result == -ECANCELED && another) return verdict::elsewhere;
      // Nobody asked for it. The kernel cancels a ring's operations when the thread that submitted
      // them exits, and signals interrupt. A transfer at an offset can simply be repeated; so can
      // what had not begun. An interrupted sync may have consumed the record of a failed write
      // (fsync(2)), so it must be reported.
      if (returned.result == -EINTR && (returned.kind == operation_kind::sync_all ||
                                        returned.kind == operation_kind::sync_data ||
                                        returned.kind == operation_kind::close))
        return verdict::over;
      return verdict::again;
    case EINVAL:
      // A second try would find the file that the first has created: Linux makes it and then looks
      // whether it can be opened with O_DIRECT.
      if (returned.kind == operation_kind::open) return verdict::over;
      [[fallthrough]];
    case EAGAIN:
    case ENOSYS:
    case EOPNOTSUPP:
    case ESPIPE:
      // Perhaps the interface's limit and not the file's: what a plain system call says is right.
      if (returned.cancel_requested && returned.result == -EAGAIN) return verdict::over;
      return another ? verdict::elsewhere : verdict::over;
    default: return verdict::over;
  }
}

}  // namespace

boost::system::error_code make_error(int error) noexcept {
  if (error == 0) return {};
  if (error == already_open) return boost::asio::error::already_open;
  return {error, boost::system::system_category()};
}

std::string_view name_of(operation_kind kind) noexcept {
  switch (kind) {
    case operation_kind::read: return "read";
    case operation_kind::write: return "write";
    case operation_kind::sync_all: return "sync_all";
    case operation_kind::sync_data: return "sync_data";
    case operation_kind::resize: return "resize";
    case operation_kind::size: return "size";
    case operation_kind::status: return "status";
    case operation_kind::allocate: return "allocate";
    case operation_kind::advise: return "advise";
    case operation_kind::open: return "open";
    case operation_kind::close: return "close";
    case operation_kind::run_job: return "job";
    case operation_kind::wait: return "wait";
  }
  return "unknown";
}

void drop_front(iovec*& buffers, std::size_t& count, std::uint64_t bytes) noexcept {
  while (bytes != 0 && bytes >= buffers->iov_len) {
    bytes -= buffers->iov_len;
    ++buffers;
    --count;
  }
  if (bytes != 0) {
    buffers->iov_base = static_cast<std::byte*>(buffers->iov_base) + bytes;
    buffers->iov_len -= bytes;
  }
}

void advance(operation& moved, std::uint64_t bytes) noexcept {
  moved.transferred += bytes;
  drop_front(moved.buffers, moved.buffer_count, bytes);
}

namespace {

// Of a chain: the sync has run and told of an error. It may have consumed the record of a failed
// write, so it is never run again.
bool has_failed_sync(const operation& returned) noexcept {
  return returned.sync_result < 0 && returned.sync_result != -ECANCELED;
}

// Judges a write that a sync follows, when an engine has returned it without an error: from the
// write alone, from both, or from the sync alone.
verdict judge_chain(operation& returned) noexcept {
  if (is_sync_left(returned)) {
    returned.sync_result = returned.result;
    returned.result = 0;
    return verdict::over;
  }
  const bool has_moved = returned.result != 0;
  advance(returned, static_cast<std::uint64_t>(returned.result));
  if (!is_sync_left(returned)) {
    // It ran all the same: an older kernel, or one that was given the two apart.
    if (has_failed_sync(returned)) return verdict::over;
    // A short write, which broke the chain, or the limit of one call. A write of the rest goes on,
    // or finds out why not.
    returned.sync_result = operation::sync_not_run;
    return has_moved ? verdict::again : verdict::over;
  }
  const bool has_run =
      returned.sync_result != operation::sync_not_run && returned.sync_result != -ECANCELED;
  if (has_run) return verdict::over;
  returned.sync_result = operation::sync_not_run;
  return verdict::again;
}

}  // namespace

verdict judge(operation& returned, bool another) noexcept {
  if (returned.sync != sync_after::none && returned.kind == operation_kind::write) {
    // A sync that failed may have consumed the record of a failed write: it is never run again.
    if (returned.result >= 0) return judge_chain(returned);
    if (is_sync_left(returned)) {
      const verdict judged = judge_error(returned, another);
      if (judged == verdict::over || returned.result == -EINTR) {
        returned.sync_result = std::exchange(returned.result, 0);
        return verdict::over;
      }
      return judged;
    }
    if (has_failed_sync(returned)) return verdict::over;
    returned.sync_result = operation::sync_not_run;
    // Unlike a plain transfer it is not over with a part of the data.
    return judge_error(returned, another);
  }
  if (returned.kind == operation_kind::run_job) return verdict::over;
  if (returned.result < 0) {
    if (returned.transferred != 0 && !(returned.result == -EINTR && !returned.cancel_requested)) {
      // A later piece failed: what came before is a short transfer.
      return verdict::over;
    }
    return judge_error(returned, another);
  }
  if (!is_transfer(returned)) return verdict::over;
  const auto bytes = static_cast<std::uint64_t>(returned.result);
  advance(returned, bytes);
  // Only the limit of one system call is made up for. Any other short transfer is the file's, and
  // the caller's to know.
  const bool cut_off = bytes == transfer_bytes_max && returned.remaining() != 0;
  return cut_off && !returned.cancel_requested ? verdict::again : verdict::over;
}

boost::system::error_code transfer_error(operation_kind kind, std::uint64_t requested,
                                         std::uint64_t transferred, std::int64_t result) noexcept {
  if (transferred != 0) return {};
  if (result < 0) return make_error(static_cast<int>(-result));
  if (requested == 0) return {};
  if (kind == operation_kind::read) return boost::asio::error::eof;
  // A file that takes nothing and names no reason: an error, so that nobody loops.
  return make_error(EIO);
}

std::int64_t final_result(const operation& finished, std::int64_t result) noexcept {
  const bool is_aborted = finished.cancel_requested && (result == -EINTR || result == -EAGAIN);
  return is_aborted ? -ECANCELED : result;
}

boost::system::error_code write_error(const operation& finished) noexcept {
  if (finished.remaining() == 0) return {};
  if (finished.result >= 0) return make_error(EIO);
  return make_error(static_cast<int>(-final_result(finished, finished.result)));
}

boost::system::error_code sync_error(const operation& finished) noexcept {
  if (write_error(finished)) return make_error(ECANCELED);
  if (finished.sync_result == operation::sync_not_run)
    return make_error(
        finished.result < 0 ? static_cast<int>(-final_result(finished, finished.result))
                            : ECANCELED);
  return make_error(static_cast<int>(-final_result(finished, finished.sync_result)));
}

boost::system::error_code completion_error(const operation& finished) noexcept {
  const std::int64_t result = final_result(finished, finished.result);
  if (finished.kind == operation_kind::write && finished.sync != sync_after::none) {
    const auto ec = write_error(finished);
    return ec ? ec : sync_error(finished);
  }
  if (is_transfer(finished))
    return transfer_error(finished.kind, finished.requested, finished.transferred, result);
  return make_error(result < 0 ? static_cast<int>(-result) : 0);
}

}  // namespace asiofile::detail
