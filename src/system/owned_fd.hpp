#pragma once

// A descriptor number that is closed when its owner is gone.

#include "system/posix_calls.hpp"

#include <utility>

namespace asiofile::detail {

class owned_fd {
 public:
  owned_fd() noexcept = default;
  // -1: none.
  explicit owned_fd(int fd) noexcept : fd_(fd) {}
  owned_fd(owned_fd&& other) noexcept : fd_(other.release()) {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~owned_fd() { static_cast<void>(close()); }

  [[nodiscard]] bool is_open() const noexcept { return fd_ != -1; }
  [[nodiscard]] explicit operator bool() const noexcept { return is_open(); }
  [[nodiscard]] int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

  // Takes another one in place of what it has.
  void adopt(int fd) noexcept {
    static_cast<void>(close());
    fd_ = fd;
  }

  // Returns 0 or an errno value, negated.
  int close() noexcept {
    const int fd = release();
    return fd == -1 ? 0 : -close_descriptor(fd);
  }

 private:
  int fd_ = -1;
};

}  // namespace asiofile::detail
