// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/flagged_transfer.hpp"

#include "system/first_piece.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <sys/uio.h>

#include <cerrno>
#include <limits>

namespace asiofile::detail {

namespace {

// Whether the flags may be why a call failed: the kernel does not know the call (ENOSYS) or the
// flag (EOPNOTSUPP, before Linux 4.13 EINVAL), the file system does not (EOPNOTSUPP), or a sandbox
// knows neither (EPERM). Likewise, ESPIPE may be due to the offset alone: see `transfer_some`. A
// call without the flags shows which it is.
bool may_be_refusal(std::int64_t result) noexcept {
  switch (-result) {
    case ENOSYS:
    case EOPNOTSUPP:
    case EINVAL:
    case EPERM:
    case ESPIPE: return true;
    default: return false;
  }
}

std::uint64_t bytes_of(const iovec* buffers, std::size_t count) noexcept {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i != count; ++i) bytes += buffers[i].iov_len;
  return bytes;
}

// The error of a failed untorn write. EINVAL is due to its size or offset if the file supports
// others.
std::int64_t untorn_error(system_calls& system, int fd, std::int64_t result) noexcept {
  if (!may_be_refusal(result)) return result;
  const bool takes_others = system.untorn_writes(fd).unit_max != 0;
  return result == -EINVAL && takes_others ? result : -EOPNOTSUPP;
}

}  // namespace

std::int64_t transfer_some_flagged(system_calls& system, int fd, operation_kind kind,
                                   bool is_at_own_position, std::uint64_t offset, iovec* buffers,
                                   std::size_t count, transfer_flags& flags) noexcept {
  if (!is_at_own_position && offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
    return -EINVAL;
  const off_t position = is_at_own_position ? off_t{-1} : static_cast<off_t>(offset);
  const auto call = [&] {
    const first_piece piece(buffers, count);
    return kind == operation_kind::read
               ? system.preadv2(fd, piece.buffers(), piece.count(), position, flags)
               : system.pwritev2(fd, piece.buffers(), piece.count(), position, flags);
  };
  if ((flags & untorn_flag) != 0) {
    const std::uint64_t requested = bytes_of(buffers, count);
    if (requested > transfer_bytes_max) return -EINVAL;
    const std::int64_t result = call();
    if (result < 0) return untorn_error(system, fd, result);
    // The kernel guarantees that this does not happen.
    return static_cast<std::uint64_t>(result) == requested ? result : -EIO;
  }
  std::int64_t result = call();
  if (may_be_refusal(result) && (flags & uncached_flag) != 0) {
    flags &= static_cast<transfer_flags>(~uncached_flag);
    if (flags != 0) result = call();
  }
  if (!may_be_refusal(result)) return result;
  result = transfer_some(system, fd, kind, is_at_own_position, offset, buffers, count);
  if (result <= 0 || (flags & durable_flag) == 0) return result;
  const std::int64_t synced = system.fdatasync(fd);
  if (synced == 0) return result;
  // -EINTR would make the caller repeat it, and an appended write would then be there twice.
  return synced == -EINTR ? -EIO : synced;
}

}  // namespace asiofile::detail
