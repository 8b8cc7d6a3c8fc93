#pragma once

// A descriptor number that is closed when its owner is gone.

#include "posix_calls.hpp"

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
  ~owned_fd() {
    if (fd_ != -1) close_descriptor(fd_);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return fd_ != -1; }
  [[nodiscard]] int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace asiofile::detail
