#pragma once

// The reads and writes that readers and writers start by themselves.

#include "operations/operation_queue.hpp"

#include <asiofile/detail/background.hpp>

#include <memory>
#include <utility>

namespace asiofile::detail {

// An operation of a `background`, in memory that belongs to that. Once it is over it is destroyed
// before it can be made anew.
class own_transfer final : public operation {
 public:
  own_transfer(operation_kind what, std::size_t which) noexcept
      : operation(what, &own_transfer::end), index(which) {}

  void keep(std::shared_ptr<background> owner) noexcept { owner_ = std::move(owner); }

  // Which of its owner's operations it is.
  const std::size_t index;

 private:
  static void end(operation& over, handler_fate fate) {
    auto& self = static_cast<own_transfer&>(over);
    // The owner may live no longer than its last operation.
    const std::shared_ptr<background> owner = std::move(self.owner_);
    owner->finish(self, fate);
  }

  std::shared_ptr<background> owner_;
};

// Those that are to be started when the owner's mutex is free. Destroyed with some left: they are
// over as if the context were gone.
class unstarted_transfers {
 public:
  unstarted_transfers() = default;
  unstarted_transfers(const unstarted_transfers&) = delete;
  unstarted_transfers& operator=(const unstarted_transfers&) = delete;
  ~unstarted_transfers() {
    while (!queue_.empty()) take_front(queue_).complete(handler_fate::destroy);
  }

  void add(own_transfer& next, std::shared_ptr<background> owner) noexcept {
    next.keep(std::move(owner));
    queue_.push_back(next);
  }

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }

  void start_all(const file_state_ptr& file) {
    while (!queue_.empty()) {
      operation_ptr next(&take_front(queue_));
      // It has no immediate executor: the service has it in any case.
      static_cast<void>(start(file, next));
    }
  }

 private:
  operation_queue queue_;
};

}  // namespace asiofile::detail
