// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/notifier.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

int notifier::open() noexcept {
  if (is_open()) return 0;
#if defined(__linux__)
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd == -1) return errno;
  read_fd_ = write_fd_ = fd;
#else
  int ends[2];
  if (::pipe(ends) == -1) return errno;
  for (const int fd : ends) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  read_fd_ = ends[0];
  write_fd_ = ends[1];
#endif
  return 0;
}

notifier::~notifier() { close(); }

void notifier::close() noexcept {
  if (write_fd_ != read_fd_) ::close(write_fd_);
  if (read_fd_ != -1) ::close(read_fd_);
  read_fd_ = write_fd_ = -1;
}

void notifier::set() noexcept {
  const int saved = errno;
  const std::uint64_t one = 1;
  // If the pipe or counter is full (EAGAIN) it is readable, which is all that is needed.
  while (::write(write_fd_, &one, sizeof one) == -1 && errno == EINTR) {
  }
  errno = saved;
}

void notifier::reset() noexcept {
  std::uint64_t words[64];
  // Reading an eventfd once resets it; a pipe is read until it is empty.
  ssize_t bytes;
  do {
    bytes = ::read(read_fd_, words, sizeof words);
  } while (bytes == static_cast<ssize_t>(sizeof words) || (bytes == -1 && errno == EINTR));
}

void notifier::wait(int milliseconds, const notifier* other) const noexcept {
  // poll(2) ignores a negative descriptor.
  pollfd watched[] = {{read_fd_, POLLIN, 0}, {other == nullptr ? -1 : other->read_fd_, POLLIN, 0}};
  ::poll(watched, 2, milliseconds);
}

}  // namespace asiofile::detail
