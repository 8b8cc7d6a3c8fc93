#include "completion.hpp"

#include "posix_calls.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <cstddef>

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

verdict judge(operation& returned, bool another) noexcept {
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

boost::system::error_code completion_error(const operation& finished) noexcept {
  // Interrupted on request means aborted, whichever way the engine put it.
  const bool is_aborted = finished.cancel_requested &&
                          (finished.result == -EINTR || finished.result == -EAGAIN);
  const std::int64_t result = is_aborted ? -ECANCELED : finished.result;
  if (is_transfer(finished))
    return transfer_error(finished.kind, finished.requested, finished.transferred, result);
  return make_error(result < 0 ? static_cast<int>(-result) : 0);
}

}  // namespace asiofile::detail
