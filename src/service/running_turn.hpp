#pragma once

// A turn while a thread runs it: the operations whose handlers it is to call, and what it has counted.
// They are under mutexes of its own, so that threads that run one context seldom meet. Other turns may
// take operations from it: its handler may take its time.

#include "operations/operation_queue.hpp"
#include "system/core_mutex.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace asiofile::detail {

class service_core;

// Counted, and work of the context's. A call of a reader or writer is not: the operations are that it
// starts.
[[nodiscard]] inline bool is_outstanding(const operation& which) noexcept {
  return which.kind != operation_kind::wait;
}

// What turns count between them and the service's own counters.
struct turn_counts {
  std::uint64_t completed = 0;
  // Reads done where they were initiated, and those that were tried in vain.
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

class running_turn {
 public:
  explicit running_turn(const service_core& its_service) noexcept : service(its_service) {}
  running_turn(const running_turn&) = delete;
  running_turn& operator=(const running_turn&) = delete;

  // Both mutexes.
  void lock() noexcept {
    reading.lock();
    mutex.lock();
  }
  void unlock() noexcept {
    mutex.unlock();
    reading.unlock();
  }

  // The next operation whose handler it is to call; null where it has none. With `mutex` held.
  operation* take_next() noexcept {
    if (finished.empty()) return nullptr;
    operation& next = take_front(finished);
    counts.completed += is_outstanding(next) ? 1 : 0;
    return &next;
  }

  // One that it has taken, and cannot see to now.
  void put_back(operation& next) noexcept {
    const std::lock_guard lock(mutex);
    counts.completed -= is_outstanding(next) ? 1 : 0;
    finished.push_front(next);
  }

  // For another turn: the last ones, of one the only one.
  void take_half(operation_queue& into) noexcept {
    const std::lock_guard lock(mutex);
    for (std::size_t count = (finished.size() + 1) / 2; count != 0; --count) {
      operation& last = finished.back();
      finished.pop_back();
      into.push_front(last);
    }
  }

  // For the end of the service: all of them.
  void take_all(operation_queue& into) noexcept {
    const std::lock_guard lock(mutex);
    append(into, finished);
  }

  const service_core& service;
  // The turn whose handler runs the context in which this one came up.
  running_turn* outer = nullptr;
  intrusive_hook list_hook;

  // The service's mutex, this one and the next are taken in this order, where more than one is.
  // Held while a read is done where it is initiated: see `turns_held`.
  core_mutex reading;
  // Guards the rest.
  core_mutex mutex;
  operation_queue finished;
  turn_counts counts;
};

using running_turns = boost::intrusive::list<
    running_turn,
    boost::intrusive::member_hook<running_turn, intrusive_hook, &running_turn::list_hook>,
    boost::intrusive::constant_time_size<false>>;

// While it lives, no read is done where it is initiated: such a read uses its file without the
// service's mutex. What of a file it looks at changes only under both.
class turns_held {
 public:
  explicit turns_held(running_turns& turns) noexcept : turns_(turns) {
    for (running_turn& each : turns_) each.reading.lock();
  }
  ~turns_held() {
    for (running_turn& each : turns_) each.reading.unlock();
  }
  turns_held(const turns_held&) = delete;
  turns_held& operator=(const turns_held&) = delete;

 private:
  running_turns& turns_;
};

}  // namespace asiofile::detail
