// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// System calls made by jobs: a signal interrupts them when the job is to stop.

#include <fcntl.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Makes a call that returns an errno value, negated, on error, and repeats it while signals
// interrupt it. Returns its result, or -ECANCELED if `is_stopped()`.
template <typename IsStopped, typename Call>
std::int64_t call_until_stopped(IsStopped&& is_stopped, Call&& call) noexcept {
  for (;;) {
    const std::int64_t returned = call();
    if (returned != -EINTR) return returned;
    if (is_stopped()) return -ECANCELED;
  }
}

// Whether a stream can be read or written now (POLLIN, POLLOUT). If poll(2) fails (RLIMIT_NOFILE at
// 0), true: it must be tried.
inline bool is_ready(int fd, short events) noexcept {
  pollfd asked{fd, events, 0};
  return ::poll(&asked, 1, 0) != 0;
}

// For a stream that is open with O_NONBLOCK: waits until it can be read or written, or is at its
// end. False if the descriptor is of another kind, such as a socket with a time-out of its own.
inline bool wait_until_ready(int fd, bool for_writing) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags == -1 || (flags & O_NONBLOCK) == 0) return false;
  pollfd asked{fd, static_cast<short>(for_writing ? POLLOUT : POLLIN), 0};
  const int count = ::poll(&asked, 1, -1);
  return count > 0 ? (asked.revents & POLLNVAL) == 0 : count == -1 && errno == EINTR;
}

}  // namespace asiofile::detail
