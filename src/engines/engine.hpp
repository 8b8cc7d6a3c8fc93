// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Something that runs operations: a kernel ring, a kernel AIO context, threads.
//
// An engine is called by one thread at a time, the one that has the role `engine_owner`, and not
// under the service's lock, except around a fork. It never calls a handler and never touches an
// operation that it has returned. Operations are passed in queues of `engine_hook`, which belongs
// to the engine while it has them.

#include "engines/registry.hpp"
#include "operations/operation_queue.hpp"
#include "system/thread_safety.hpp"

#include <asiofile/backend.hpp>

#include <cstddef>
#include <memory>

namespace asiofile::detail {

// The thread that submits to the engines and reaps from them: one at a time (`pipeline`). A role
// for the compiler's analysis, not a mutex.
class ASIOFILE_CAPABILITY("role") engine_owner_role {};
inline engine_owner_role engine_owner;

class engine {
 public:
  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  // For diagnostics and tests.
  [[nodiscard]] virtual backend name() const noexcept = 0;

  // Whether the engine can run such an operation. If not, another engine must. May be called by any
  // thread, under the service's lock.
  [[nodiscard]] virtual bool accepts(const operation& candidate) const noexcept = 0;

  // How many operations it can have at a time.
  [[nodiscard]] virtual std::size_t capacity() const noexcept = 0;

  // Takes all of `operations` and starts them. Does not wait for any. The caller must not exceed
  // `capacity()`. Each is returned exactly once through `reap` or `drain` with `result` set, even
  // if its submission failed.
  virtual void submit(engine_queue& operations) noexcept ASIOFILE_REQUIRES(engine_owner) = 0;

  // Requests the cancellation of an operation that the engine has, in the next `reap` at the
  // latest. Best effort: the operation is returned in any case, with -ECANCELED or -EINTR if the
  // request had an effect.
  virtual void cancel(operation& in_engine) noexcept ASIOFILE_REQUIRES(engine_owner) = 0;

  // Appends the operations that have completed. Does not wait.
  virtual void reap(engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner) = 0;

  // Switches on or off whether completions set the notifier. Returns whether there are some to reap
  // already, for which it may not be set any more.
  virtual bool notify(bool on) noexcept ASIOFILE_REQUIRES(engine_owner) = 0;

  // Ends everything: when it returns, neither kernel nor thread refers to an operation, and all
  // are appended to `over`. Nothing is submitted afterwards.
  virtual void drain(engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner) = 0;

  // Why the engine no longer accepts operations: an errno value, 0 while it does. May be called at
  // any time, from any thread.
  [[nodiscard]] virtual int failure() const noexcept { return 0; }

  // Its registry of memory and files; null if it has none.
  [[nodiscard]] virtual std::shared_ptr<detail::registry> registry() const noexcept {
    return nullptr;
  }

  // Around fork(2): `prepare_fork`, then in the parent `resume_after_fork`, in the child
  // `abandon`, with no other call between. In a child that was forked without `prepare_fork`,
  // `abandon` comes first. After that the engine can only be destroyed. `abandon` makes no request
  // to the kernel, where everything belongs to the parent. The caller must find the operations that
  // the engine had.
  virtual void prepare_fork() noexcept ASIOFILE_REQUIRES(engine_owner) = 0;
  virtual void resume_after_fork() noexcept ASIOFILE_REQUIRES(engine_owner) = 0;
  virtual void abandon() noexcept ASIOFILE_REQUIRES(engine_owner) = 0;
};

}  // namespace asiofile::detail
