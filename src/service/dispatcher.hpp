// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Operations that have completed and whose handlers are to be called, in the order in which they
// ended. Dispatch passes, on any number of threads, take them one by one, so that a slow handler
// does not delay others. Knows nothing of engines.

#include "operations/operation_queue.hpp"
#include "service/service_lock.hpp"

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// Whether it counts as work of the context. A call of a reader or writer does not: the operations
// that it starts do.
[[nodiscard]] inline bool is_counted(const operation& which) noexcept {
  return which.kind() != operation_kind::wait;
}

class dispatcher {
 public:
  // Takes an operation that has its final result.
  void add(operation& over) noexcept ASIOFILE_REQUIRES(service_lock) {
    completed_.push_back(over);
    ++count_;
  }
  // The same with `count` of them, from the whole of a list.
  void add_all(operation_queue& over, std::size_t count) noexcept ASIOFILE_REQUIRES(service_lock) {
    append(completed_, over);
    count_ += count;
  }
  // The next one whose handler is to be called; null if there is none.
  [[nodiscard]] operation* take() noexcept ASIOFILE_REQUIRES(service_lock) {
    if (is_empty(completed_)) return nullptr;
    operation& next = take_front(completed_);
    --count_;
    move_to(next, operation_stage::delivered);
    return &next;
  }
  [[nodiscard]] bool empty() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return is_empty(completed_);
  }
  [[nodiscard]] std::size_t size() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return count_;
  }
  // At shutdown.
  void take_all(operation_queue& into) noexcept ASIOFILE_REQUIRES(service_lock) {
    append(into, completed_);
    count_ = 0;
  }

 private:
  operation_queue completed_ ASIOFILE_GUARDED_BY(service_lock);
  std::size_t count_ ASIOFILE_GUARDED_BY(service_lock) = 0;
};

// What one pass may still do, so that a flood of completions does not starve timers and sockets of
// the same context.
class pass_budget {
 public:
  static constexpr unsigned handlers_max = 64;
  static constexpr std::uint64_t bytes_max = 4 * 1024 * 1024;

  [[nodiscard]] bool is_spent() const noexcept {
    return handlers_ == handlers_max || bytes_ >= bytes_max;
  }
  [[nodiscard]] bool is_untouched() const noexcept { return handlers_ == 0; }
  [[nodiscard]] unsigned handlers() const noexcept { return handlers_; }
  // A handler is called for an operation that has transferred this many bytes.
  void spend(std::uint64_t bytes) noexcept {
    ++handlers_;
    bytes_ += bytes;
  }

 private:
  unsigned handlers_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace asiofile::detail
