// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/readiness.hpp"

#if defined(__linux__)

#include "system/notifier.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::size_t events_max = 64;

class epoll_readiness final : public readiness {
 public:
  ~epoll_readiness() override { abandon(); }

  int open() noexcept override {
    if (epoll_ == -1) epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ == -1) return errno;
    if (wake_.is_open()) return 0;
    int error = wake_.open();
    if (error == 0) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = wake_.read_fd();
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_.read_fd(), &event) == -1) error = errno;
    }
    // Releases what it has allocated so far, which others may need.
    if (error != 0) abandon();
    return error;
  }

  int arm(int fd, bool for_reading, bool for_writing) noexcept override {
    epoll_event event{};
    event.events = EPOLLONESHOT | (for_reading ? EPOLLIN : 0U) | (for_writing ? EPOLLOUT : 0U);
    event.data.fd = fd;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0) return 0;
    if (errno == EEXIST && ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
    return errno;
  }

  void disarm(int fd) noexcept override {
    epoll_event unused{};  // null before Linux 2.6.9
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &unused);
  }

  std::size_t wait(std::span<ready_event> events) noexcept override {
    std::array<epoll_event, events_max> found;
    const std::size_t found_max = std::min(events.size(), found.size());
    const int count = ::epoll_wait(epoll_, found.data(), static_cast<int>(found_max), -1);
    std::size_t told = 0;
    for (int i = 0; i < count; ++i) {
      const epoll_event& each = found[static_cast<std::size_t>(i)];
      const bool is_over = (each.events & (EPOLLERR | EPOLLHUP)) != 0;
      if (each.data.fd == wake_.read_fd()) wake_.reset();
      else
        events[told++] = {each.data.fd, is_over || (each.events & EPOLLIN) != 0,
                          is_over || (each.events & EPOLLOUT) != 0};
    }
    return told;
  }

  void wake() noexcept override {
    if (wake_.is_open()) wake_.set();
  }

  void abandon() noexcept override {
    wake_.close();
    if (const int fd = std::exchange(epoll_, -1); fd != -1) ::close(fd);
  }

 private:
  int epoll_ = -1;
  notifier wake_;
};

}  // namespace

std::unique_ptr<readiness> make_epoll_readiness() { return std::make_unique<epoll_readiness>(); }
std::unique_ptr<readiness> make_readiness() { return make_epoll_readiness(); }

}  // namespace asiofile::detail

#endif
