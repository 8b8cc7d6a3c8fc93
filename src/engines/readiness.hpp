// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Waits until descriptors can be read or written: epoll(7) on Linux, poll(2) elsewhere.

#include <cstddef>
#include <memory>
#include <span>

namespace asiofile::detail {

struct ready_event {
  int fd;
  bool is_readable;
  bool is_writable;
};

class readiness {
 public:
  readiness() = default;
  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;
  virtual ~readiness() = default;

  // Makes its descriptors, if it has none. Returns 0 or an errno value. Before the others.
  virtual int open() noexcept = 0;

  // Has the next `wait` return one event of the descriptor when it can be read or written, or has
  // an error or hangup, which counts as both. Replaces the previous request; requesting neither is
  // the same as `disarm`. Returns 0 or an errno value: EPERM for what is always ready and cannot be
  // waited for (regular files). One thread at a time.
  virtual int arm(int fd, bool for_reading, bool for_writing) noexcept = 0;
  // Never an error: the descriptor may be closed.
  virtual void disarm(int fd) noexcept = 0;

  // Waits for events. Returns how many, or 0 after `wake` and occasionally otherwise. Called by one
  // thread, beside the others.
  virtual std::size_t wait(std::span<ready_event> events) noexcept = 0;
  // Ends a wait, or the next one.
  virtual void wake() noexcept = 0;

  // In a forked child, where `wait` no longer runs: closes the child's copies of its descriptors,
  // and changes nothing that the parent waits for.
  virtual void abandon() noexcept = 0;
};

// Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<readiness> make_readiness();
#if defined(__linux__)
[[nodiscard]] std::unique_ptr<readiness> make_epoll_readiness();
#endif
[[nodiscard]] std::unique_ptr<readiness> make_poll_readiness();

}  // namespace asiofile::detail
