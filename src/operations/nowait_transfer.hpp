// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Reads and writes that do not wait: preadv2(2), pwritev2(2) with RWF_NOWAIT. In a header, because
// a return after a system call costs several nanoseconds on processors whose return predictor is
// cleared on the way out of the kernel.

#include "operations/operation.hpp"

#include <sys/uio.h>

#if defined(__linux__)
#include <linux/fs.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Transfers what is left, without waiting for a device, a reader or a writer: -EAGAIN if it would
// have to wait, -EOPNOTSUPP if the system or the file cannot tell.
inline std::int64_t transfer_without_waiting(const transfer_operation& which) noexcept {
#if defined(__linux__) && defined(RWF_NOWAIT)
  // Not by preadv2(3): being a cancellation point costs it as much as reading a short piece of
  // cached data. preadv2(2): offset -1 stands for the descriptor's own position. The argument after
  // it is the upper half of an offset on machines whose registers hold half of one.
  const std::uint64_t offset =
      which.facts().is_stream ? ~std::uint64_t{0} : which.next_offset();
  const auto position = static_cast<long>(offset);
  const long upper_half = sizeof(long) == sizeof offset ? 0L : static_cast<long>(offset >> 32);
  const long number = which.kind() == operation_kind::read ? SYS_preadv2 : SYS_pwritev2;
  const long result = ::syscall(number, which.facts().fd, which.buffers,
                                static_cast<long>(which.buffer_count), position, upper_half,
                                RWF_NOWAIT);
  if (result >= 0) return result;
  // EPERM: a sandbox that does not know the call. The plain call's result counts.
  return errno == ENOSYS || errno == EPERM ? -EOPNOTSUPP : -errno;
#else
  static_cast<void>(which);
  return -EOPNOTSUPP;
#endif
}

}  // namespace asiofile::detail
