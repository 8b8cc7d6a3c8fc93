// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The calls of io_uring that an engine makes. Tests replace them to refuse what a kernel seldom
// refuses.

#include <liburing.h>

namespace asiofile::detail {

// Each makes the call of liburing with the same name and returns its result: an errno value,
// negated, on failure.
class ring_calls {
 public:
  ring_calls() = default;
  ring_calls(const ring_calls&) = delete;
  ring_calls& operator=(const ring_calls&) = delete;
  virtual ~ring_calls() = default;

  virtual int set_up(unsigned entries, io_uring& ring, io_uring_params& parameters) noexcept;
  virtual void tear_down(io_uring& ring) noexcept;

  // Which operations the kernel knows, up to `count_max` of them.
  virtual int probe(io_uring& ring, io_uring_probe& found, unsigned count_max) noexcept;
  virtual int register_eventfd(io_uring& ring, int fd) noexcept;

  // Publishes the entries that were filled. With SQPOLL the count that it returns includes those of
  // earlier calls.
  virtual int submit(io_uring& ring) noexcept;
  // The same, then waits for a completion.
  virtual int submit_and_wait(io_uring& ring) noexcept;

  // Waits until there is a completion, `milliseconds` at most. Also moves completions that found
  // the queue full.
  virtual void wait(io_uring& ring, int milliseconds) noexcept;

  // Cancels without the submission queue (Linux 6.0), and does not wait.
  virtual int cancel(io_uring& ring, io_uring_sync_cancel_reg& which) noexcept;
};

// The kernel's.
ring_calls& kernel_ring_calls() noexcept;

}  // namespace asiofile::detail
