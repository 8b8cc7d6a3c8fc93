#pragma once

// Reads of what is in memory already, and writes into memory, that need neither a ring nor a
// thread: preadv2(2) and pwritev2(2) with RWF_NOWAIT do them, or say that they would wait. A turn
// tries them; reads also whoever initiates them in a handler that a turn has called, on as many
// threads as run the context.

#include "operations/completion.hpp"
#include "operations/nowait_transfer.hpp"
#include "operations/tries.hpp"

#include <asiofile/detail/operation.hpp>

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Beyond so many bytes, the copying is work enough to be worth another thread, or the kernel's own.
inline constexpr std::uint64_t copied_at_once_bytes_max = 64 * 1024;

// A small write into the system's cache: a few microseconds, unless memory is short. Not one that
// takes its sync along.
[[nodiscard]] inline bool is_small_buffered_write(const operation& which) noexcept {
  return which.kind == operation_kind::write && !which.links_sync && !is_sync_left(which) &&
         which.is_storage && !which.is_direct && which.requested <= copied_at_once_bytes_max;
}

// What is known of a file in this respect.
class at_once {
 public:
  // Whether this one is to be tried.
  bool wants(const operation& next) noexcept {
    if (next.was_tried_at_once || !is_suitable(next)) return false;
    if (next.kind == operation_kind::read) return !next.is_at_end && reads_.are_worth_it();
    return is_small_buffered_write(next) && !needs_thread(next) &&
           (next.open_flags & O_APPEND) == 0 && writes_.are_worth_it();
  }

  // Tries it. Returns whether it is over: all that it wants is done, or, of a stream, anything.
  // `transferred` counts what is, and where that is less an engine goes on behind it. Inlined for
  // the reason that `transfer_without_waiting` is.
  [[gnu::always_inline]] bool attempt(operation& wanted) noexcept {
    wanted.was_tried_at_once = true;
    const bool is_read = wanted.kind == operation_kind::read;
    const std::int64_t result =
        is_read && wanted.is_in_memory
            ? transfer_some(wanted.fd, wanted.kind, false, wanted.offset, wanted.buffers,
                            wanted.buffer_count)
            : transfer_without_waiting(wanted.fd, wanted.kind, wanted.is_stream, wanted.offset,
                                       wanted.buffers, wanted.buffer_count);
    if (!is_read && result == -EOPNOTSUPP) writes_wait_.store(true, std::memory_order_relaxed);
    const bool is_over = take(wanted, result);
    (is_read ? reads_ : writes_).learn(is_over);
    return is_over;
  }

  // Whether it is a write into memory that the file system (ext4, tmpfs) does not do without
  // perhaps waiting. A ring gives each to a worker of the kernel's; a thread of our own does as
  // many with less work, many more where folios are large, and does one by itself twenty times
  // sooner.
  [[nodiscard]] bool needs_thread(const operation& next) const noexcept {
    return is_small_buffered_write(next) &&
           (next.is_in_memory || writes_wait_.load(std::memory_order_relaxed));
  }

 private:
  // Not with O_DIRECT, where RWF_NOWAIT does not keep the call from waiting for the device. Not
  // with a priority: whether the process may use it is for an engine to find out.
  static bool is_suitable(const operation& next) noexcept {
    return !next.is_direct && next.priority == 0 && next.requested <= copied_at_once_bytes_max;
  }

  static bool take(operation& tried, std::int64_t result) noexcept {
    // Nothing: an engine finds out whether that is the end of the file (Linux 5.9 and 5.10 return 0
    // elsewhere, too), and what an error means.
    if (result <= 0) return false;
    const auto bytes = static_cast<std::uint64_t>(result);
    if (bytes == tried.requested || tried.is_stream) {
      tried.result = result;
      // Of a write that a sync follows, the service takes note.
      if (tried.sync == sync_after::none) tried.transferred = bytes;
      return true;
    }
    // The end of the file, or of what is cached.
    advance(tried, bytes);
    return false;
  }

  tries reads_;
  tries writes_;
  std::atomic<bool> writes_wait_ = false;
};

}  // namespace asiofile::detail
