// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How the service reaches the threads of its execution context.

#include <asiofile/config.hpp>

namespace asiofile::detail {

class service_core;

// Called by the adapter on a thread that runs the context.
ASIOFILE_DECL void run_posted_pass(service_core& core);
ASIOFILE_DECL void run_waited_pass(service_core& core);

// What the service asks of its context. It calls from one thread at a time (under its lock); none
// of the functions calls back before it returns, waits, or makes a system call that can wait.
class context_adapter {
 public:
  virtual ~context_adapter() = default;

  // Takes note of the context's own executor: `native` is a `native_executor`, which the library
  // passes on without looking at it.
  virtual void set_executor(const void* native) noexcept = 0;

  // Whether the context's own executor is known.
  [[nodiscard]] virtual bool can_post() const noexcept = 0;

  // Schedules `run_posted_pass` on the context's own executor, which must be known. At most one is
  // scheduled at a time.
  virtual void post_pass(service_core& core) = 0;

  // Waits on the context's reactor for the `watch`ed descriptor to be readable, then calls
  // `run_waited_pass`. At most one wait at a time.
  virtual void start_wait(service_core& core) = 0;

  // Ends the wait: `run_waited_pass` is called soon.
  virtual void cancel_wait() noexcept = 0;

  // Sets the descriptor to wait on, which stays the caller's; -1 for none. Ends a wait. Returns 0
  // or an errno value.
  virtual int watch(int fd) noexcept = 0;

  // Between these two the context has work, so that `run()` does not return. Not where the
  // context's own executor is not known: operations count as work of their executors then.
  virtual void work_started() noexcept = 0;
  virtual void work_finished() noexcept = 0;

  // Whether the program has stopped the context: no more handlers then.
  [[nodiscard]] virtual bool stopped() const noexcept = 0;
};

}  // namespace asiofile::detail
