// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Owns a descriptor, and closes it when destroyed.

#include "system/posix_calls.hpp"

#include <utility>

namespace asiofile::detail {

class owned_fd {
 public:
  owned_fd() noexcept = default;
  // -1: none.
  explicit owned_fd(int fd) noexcept : owned_fd(kernel_calls(), fd) {}
  owned_fd(system_calls_ptr system, int fd) noexcept : system_(std::move(system)), fd_(fd) {}
  // `opened`: the result of `openat`; if that is an error, it owns nothing.
  owned_fd(system_calls_ptr system, std::int64_t opened) noexcept
      : owned_fd(std::move(system), opened < 0 ? -1 : static_cast<int>(opened)) {}
  owned_fd(owned_fd&& other) noexcept : system_(other.system_), fd_(other.release()) {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(system_, other.system_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~owned_fd() { static_cast<void>(close()); }

  [[nodiscard]] bool is_open() const noexcept { return fd_ != -1; }
  [[nodiscard]] explicit operator bool() const noexcept { return is_open(); }
  [[nodiscard]] int get() const noexcept { return fd_; }
  // The system that the descriptor belongs to.
  [[nodiscard]] const system_calls_ptr& system() const noexcept { return system_; }
  int release() noexcept { return std::exchange(fd_, -1); }

  // Returns 0 or an errno value, negated.
  int close() noexcept {
    const int fd = release();
    return fd == -1 ? 0 : -close_descriptor(*system_, fd);
  }

 private:
  system_calls_ptr system_ = kernel_calls();
  int fd_ = -1;
};

}  // namespace asiofile::detail
