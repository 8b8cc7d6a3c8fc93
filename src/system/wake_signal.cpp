#include "system/wake_signal.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#include <cerrno>
#include <cstdint>

namespace asiofile::detail {

wake_signal::wake_signal() {
#if defined(__linux__)
  read_fd_ = write_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const bool made = read_fd_ != -1;
#else
  int ends[2];
  const bool made = ::pipe(ends) == 0;
  if (made) {
    read_fd_ = ends[0];
    write_fd_ = ends[1];
    for (const int fd : ends) {
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
    }
  }
#endif
  if (!made)
    throw boost::system::system_error(errno, boost::system::system_category(), "asiofile: wake-up");
}

wake_signal::~wake_signal() { close(); }

void wake_signal::close() noexcept {
  if (write_fd_ != read_fd_) ::close(write_fd_);
  if (read_fd_ != -1) ::close(read_fd_);
  read_fd_ = write_fd_ = -1;
}

void wake_signal::raise() noexcept {
  const int saved = errno;
  const std::uint64_t one = 1;
  // A full pipe or counter (EAGAIN) is readable, which is all that is wanted.
  while (::write(write_fd_, &one, sizeof one) == -1 && errno == EINTR) {
  }
  errno = saved;
}

void wake_signal::lower() noexcept {
  std::uint64_t words[64];
  // An eventfd gives its one word and is lowered; a pipe is read until it is empty.
  ssize_t bytes;
  do {
    bytes = ::read(read_fd_, words, sizeof words);
  } while (bytes == static_cast<ssize_t>(sizeof words) || (bytes == -1 && errno == EINTR));
}

void wake_signal::wait(int milliseconds, const wake_signal* other) const noexcept {
  // A negative descriptor is passed over.
  pollfd watched[] = {{read_fd_, POLLIN, 0}, {other == nullptr ? -1 : other->read_fd_, POLLIN, 0}};
  ::poll(watched, 2, milliseconds);
}

}  // namespace asiofile::detail
