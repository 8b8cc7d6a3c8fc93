// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file descriptor that any thread (or the kernel) makes readable, to wake up a reactor.

#include <asiofile/config.hpp>

namespace asiofile::detail {

class ASIOFILE_DECL notifier {
 public:
  // Has no descriptor yet.
  notifier() noexcept = default;
  ~notifier();
  notifier(const notifier&) = delete;
  notifier& operator=(const notifier&) = delete;

  // Makes its descriptor. Returns 0 or an errno value. Does nothing if it has one.
  int open() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return read_fd_ != -1; }

  // The descriptor to poll for reading.
  [[nodiscard]] int read_fd() const noexcept { return read_fd_; }

  // Makes it readable. Async-signal-safe.
  void set() noexcept;

  // Makes it unreadable until it is set again.
  void reset() noexcept;

  // Closes its descriptors.
  void close() noexcept;

  // Waits until it, or the other one if there is one, is set, `milliseconds` at most. Resets none.
  void wait(int milliseconds, const notifier* other = nullptr) const noexcept;

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
};

}  // namespace asiofile::detail
