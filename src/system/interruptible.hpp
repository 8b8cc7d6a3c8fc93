// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// System calls of jobs, which are interrupted by a signal when the job is to stop.

#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Makes a call that returns an errno value, negated, on error again while signals interrupt it.
// Returns what it does; -ECANCELED where `is_stopped()`.
template <typename IsStopped, typename Call>
std::int64_t call_until_stopped(IsStopped&& is_stopped, Call&& call) noexcept {
  for (;;) {
    const std::int64_t returned = call();
    if (returned != -EINTR) return returned;
    if (is_stopped()) return -ECANCELED;
  }
}

// Whether a stream can be read or written now (POLLIN, POLLOUT). Where poll(2) does not tell
// (RLIMIT_NOFILE at 0), a try does.
inline bool is_ready(int fd, short events) noexcept {
  pollfd asked{fd, events, 0};
  return ::poll(&asked, 1, 0) != 0;
}

}  // namespace asiofile::detail
