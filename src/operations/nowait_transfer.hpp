#pragma once

// Reads and writes that do not wait: preadv2(2), pwritev2(2) with RWF_NOWAIT. In a header, because a
// return behind a system call costs several nanoseconds where processors forget, on the way out of
// the kernel, which returns they were to expect.

#include "system/posix_calls.hpp"
#include "system/simulation.hpp"

#include <sys/uio.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// As `transfer_some`, without waiting for a device, a reader or a writer: -EAGAIN where it would have
// to, -EOPNOTSUPP where the system or the file cannot say.
inline std::int64_t transfer_without_waiting(int fd, operation_kind kind, bool is_stream,
                                             std::uint64_t offset, const iovec* buffers,
                                             std::size_t count) noexcept {
#if defined(__linux__) && defined(RWF_NOWAIT) && defined(__LP64__)
  if (is_simulated(fd)) return -EOPNOTSUPP;
  // Not by preadv2(3), which spends on being a cancellation point what it costs to find short data.
  // preadv2(2): offset -1 stands for the file's own position, which a stream does not have. The
  // argument after it is the upper half of an offset where a register holds half of one.
  const long position = is_stream ? -1L : static_cast<long>(offset);
  const long number = kind == operation_kind::read ? SYS_preadv2 : SYS_pwritev2;
  const auto result =
      or_error(::syscall(number, fd, buffers, count, position, 0L, RWF_NOWAIT));
  return result == -ENOSYS ? -EOPNOTSUPP : result;
#else
  static_cast<void>(fd), static_cast<void>(kind), static_cast<void>(is_stream);
  static_cast<void>(offset), static_cast<void>(buffers), static_cast<void>(count);
  return -EOPNOTSUPP;
#endif
}

}  // namespace asiofile::detail
