// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/change_watch.hpp"

#if defined(__linux__)

#include "system/owned_fd.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::uint32_t file_changes = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;
constexpr std::uint32_t directory_changes = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                            IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;

class linux_change_watch final : public change_watch {
 public:
  bool open() noexcept {
    epoll_ = owned_fd(::epoll_create1(EPOLL_CLOEXEC));
    inotify_ = owned_fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    timer_ = owned_fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    return epoll_ && inotify_ && timer_ && add(inotify_) && add(timer_);
  }

  [[nodiscard]] int fd() const noexcept override { return epoll_.get(); }

  std::int64_t watch_file(int fd) noexcept override { return watch(fd, file_changes); }

  std::int64_t watch_directory(int fd) noexcept override { return watch(fd, directory_changes); }

  void forget(int watch) noexcept override { ::inotify_rm_watch(inotify_.get(), watch); }

  void set_timer(std::chrono::nanoseconds after) noexcept override {
    // A time of 0 would stop it.
    const std::int64_t count = std::max<std::int64_t>(after.count(), 1);
    itimerspec when{};
    when.it_value.tv_sec = static_cast<decltype(when.it_value.tv_sec)>(count / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<decltype(when.it_value.tv_nsec)>(count % 1'000'000'000);
    ::timerfd_settime(timer_.get(), 0, &when, nullptr);
  }

  bool next(change& taken) noexcept override {
    if (at_ == end_ && !read_some()) return false;
    inotify_event event;
    std::memcpy(&event, buffer_ + at_, sizeof event);
    const char* const name = buffer_ + at_ + sizeof event;
    taken.watch = (event.mask & IN_Q_OVERFLOW) != 0 ? -1 : event.wd;
    taken.name = event.len == 0 ? std::string_view() : std::string_view(name);
    taken.has_ended =
        (event.mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0;
    at_ += sizeof event + event.len;
    return true;
  }

 private:
  // By its descriptor, because its name may lead to another file by now. For a file that is being
  // watched already, the changes are added.
  std::int64_t watch(int fd, std::uint32_t changes) noexcept {
    char path[32] = "/proc/self/fd/";
    char* const number = path + std::strlen(path);
    *std::to_chars(number, path + sizeof path - 1, fd).ptr = '\0';
    return or_error(::inotify_add_watch(inotify_.get(), path, changes | IN_MASK_ADD));
  }

  bool add(const owned_fd& source) noexcept {
    epoll_event event{};
    event.events = EPOLLIN;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, source.get(), &event) == 0;
  }

  bool read_some() noexcept {
    // The timer's event has been reported: resets it.
    std::uint64_t expirations;
    static_cast<void>(!::read(timer_.get(), &expirations, sizeof expirations));
    ssize_t bytes;
    do {
      bytes = ::read(inotify_.get(), buffer_, sizeof buffer_);
    } while (bytes == -1 && errno == EINTR);
    at_ = 0;
    end_ = bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
    return end_ != 0;
  }

  owned_fd epoll_;
  owned_fd inotify_;
  owned_fd timer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  alignas(inotify_event) char buffer_[4096];
};

}  // namespace

std::unique_ptr<change_watch> make_change_watch() {
  auto made = std::make_unique<linux_change_watch>();
  if (!made->open()) return nullptr;
  return made;
}

}  // namespace asiofile::detail

#else

namespace asiofile::detail {

std::unique_ptr<change_watch> make_change_watch() { return nullptr; }

}  // namespace asiofile::detail

#endif
