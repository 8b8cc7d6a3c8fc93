#pragma once

// System calls of jobs, which are interrupted by a signal when the job is to stop.

#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

// Makes a call that returns -1 on error again while signals interrupt it. Returns what it does, or
// an errno value, negated; -ECANCELED where `is_stopped()`.
template <typename IsStopped, typename Call>
std::int64_t call_until_stopped(IsStopped&& is_stopped, Call&& call) noexcept {
  for (;;) {
    const std::int64_t returned = call();
    if (returned != -1) return returned;
    if (errno != EINTR) return -errno;
    if (is_stopped()) return -ECANCELED;
  }
}

// Whether a stream is ready, or gets so within a moment. For a job that lets others have the thread
// in between.
inline bool becomes_ready(int fd, short events) noexcept {
  constexpr int moment_milliseconds = 10;
  pollfd waited{fd, events, 0};
  return ::poll(&waited, 1, moment_milliseconds) > 0;
}

}  // namespace asiofile::detail
