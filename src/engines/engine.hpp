#pragma once

// What runs operations: a kernel ring, a kernel AIO context, threads.
//
// The service calls an engine from one thread at a time, and never while it holds the lock that
// initiating functions take. An engine never calls a handler and never touches an operation that
// it has handed back.

#include "engines/registry.hpp"
#include "operations/operation_queue.hpp"

#include <asiofile/backend.hpp>

#include <cstddef>
#include <memory>

namespace asiofile::detail {

class engine {
 public:
  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  // For people and tests.
  [[nodiscard]] virtual backend name() const noexcept = 0;

  // Whether the engine can run such an operation. If not, another one must.
  [[nodiscard]] virtual bool accepts(const operation& candidate) const noexcept = 0;

  // How many operations it can have at a time.
  [[nodiscard]] virtual std::size_t capacity() const noexcept = 0;

  // Takes over all of `operations` and starts them. Does not wait for any. The caller keeps to
  // `capacity()`.
  // Each comes back exactly once through `reap` or `drain` with `result` set, a failed submission
  // included.
  virtual void submit(operation_queue& operations) noexcept = 0;

  // Asks for an operation that the engine has to end early. Best effort: it comes back in any
  // case, with -ECANCELED or -EINTR where the request had effect.
  virtual void cancel(operation& in_engine) noexcept = 0;

  // Appends the operations that are over. Does not wait.
  virtual void reap(operation_queue& finished) noexcept = 0;

  // Switches on or off that finished operations raise the wake-up signal. Returns whether there
  // are some to reap already, for which none may be raised any more.
  virtual bool watch(bool on) noexcept = 0;

  // Ends everything: when it returns, neither kernel nor thread refers to an operation, and all
  // are appended to `finished`. Nothing is submitted afterwards.
  virtual void drain(operation_queue& finished) noexcept = 0;

  // Why the engine accepts nothing any more: an errno value, 0 while it does. May be called at any
  // time, from any thread.
  [[nodiscard]] virtual int failure() const noexcept { return 0; }

  // What its kernel side can be told of beforehand; null where there is no such thing.
  [[nodiscard]] virtual std::shared_ptr<detail::registry> registry() const noexcept {
    return nullptr;
  }

  // Around fork(2): `prepare_fork`, then in the parent `resume_after_fork`, in the child
  // `abandon`, with no other call between. `abandon` appends every operation that the engine had
  // and leaves it fit only for destruction.
  virtual void prepare_fork() noexcept = 0;
  virtual void resume_after_fork() noexcept = 0;
  virtual void abandon(operation_queue& orphans) noexcept = 0;
};

}  // namespace asiofile::detail
