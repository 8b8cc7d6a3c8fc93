// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// One opening of a file by one file object: from `open` or `assign` until the last operation on it
// has completed.

#include "operations/operation_queue.hpp"
#include "service/descriptor.hpp"
#include "service/sequencer.hpp"
#include "service/service_lock.hpp"

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>

namespace asiofile::detail {

class file_state;
class service_core;

enum class open_state : std::uint8_t { opening, open, closed };

// Guarded by the service's lock. Lives as long as it has users: its file object, its operations in
// flight, synchronous functions (`file_registry::retain`).
class opening final : public operation_target {
 public:
  // Differs from that of every other opening of the service.
  std::uint64_t number = 0;
  // Null once it has given up its share, because other openings still use the descriptor.
  std::shared_ptr<detail::descriptor> descriptor = std::make_shared<detail::descriptor>();
  // Operations that have not left the file, except `closers`. Includes those that are in no other
  // list.
  file_operations operations;
  // For operations at the file object's position; null before the first one.
  std::unique_ptr<sequencer> positions;
  // Asynchronous closes, which run, one after the other, when `operations` is empty. The first one
  // closes.
  operation_queue closers;
  // The file object that it was closed in, until it has completed: see `file_state::ending`.
  file_state* closed_in = nullptr;
  std::uint32_t users = 1;
  // The I/O priority of its reads and writes, as for ioprio_set(2); 0 for none.
  std::uint16_t priority = 0;
  // Its reads and writes leave nothing in the page cache, as long as the file supports that.
  bool is_uncached = false;
  // Whether there are defaults to give to each transfer; the fast path checks only this.
  bool has_defaults = false;
  void set_priority(std::uint16_t wanted) noexcept {
    priority = wanted;
    has_defaults = priority != 0 || is_uncached;
  }
  void set_uncached(bool wanted) noexcept {
    is_uncached = wanted;
    has_defaults = priority != 0 || is_uncached;
  }
  void give_defaults(transfer_operation& to) const noexcept;
  // Flags of a transfer in the calling thread.
  [[nodiscard]] transfer_flags default_flags() const noexcept {
    return is_uncached && facts.is_storage && !facts.is_direct ? uncached_flag : transfer_flags{0};
  }
  open_state state = open_state::opening;
  bool uses_descriptor_position = false;
  intrusive_hook
      hook;  // the registry's list: those that are used, or those that nobody uses any more
};

using openings = boost::intrusive::list<
    opening, boost::intrusive::member_hook<opening, intrusive_hook, &opening::hook>,
    boost::intrusive::constant_time_size<false>>;

inline void opening::give_defaults(transfer_operation& to) const noexcept {
  if (to.priority == 0) to.priority = priority;
  if (default_flags() == 0) return;
  to.flags |= default_flags();
  to.concerns_others = true;
  // A try succeeds only for cached data, and the data of an uncached transfer mostly is not.
  to.was_tried = true;
}

// What a file object and its deferred initiations share.
class file_state {
 public:
  // Closed, on a service.
  explicit file_state(std::shared_ptr<service_core> owner);
  ~file_state();
  file_state(const file_state&) = delete;
  file_state& operator=(const file_state&) = delete;

  const std::shared_ptr<service_core> core;
  // The registry's list. This and the following are guarded by the service's lock.
  intrusive_hook hook;
  // Its opening, of which it counts as a user. Null or closed: it has nothing open.
  opening* current = nullptr;
  // How many openings were closed here and have not ended yet: a second `close` waits for them,
  // too.
  std::uint32_t ending = 0;
  // The file object has been destroyed.
  bool is_abandoned = false;
};

using file_states = boost::intrusive::list<
    file_state, boost::intrusive::member_hook<file_state, intrusive_hook, &file_state::hook>,
    boost::intrusive::constant_time_size<false>>;

[[nodiscard]] inline opening& opening_of(const operation& which) noexcept {
  return static_cast<opening&>(*which.target);
}

}  // namespace asiofile::detail
