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

// Guarded by the service's lock. Lives as long as somebody uses it: its file object, its operations
// in flight, synchronous functions (`file_registry::retain`).
class opening final : public operation_target {
 public:
  // Differs from that of every other opening of the service.
  std::uint64_t number = 0;
  // Null once it has given up its share, because other openings still use the descriptor.
  std::shared_ptr<detail::descriptor> descriptor = std::make_shared<detail::descriptor>();
  // Those that have not left the file, but for `closers`. Also those that are in no other list.
  file_operations operations;
  // Of those at the file object's position; null before the first one.
  std::unique_ptr<sequencer> positions;
  // Asynchronous closes, which run, one after the other, when `operations` is empty. The first one
  // closes.
  operation_queue closers;
  // The file object that it was closed in, until it has completed: see `file_state::ending`.
  file_state* closed_in = nullptr;
  std::uint32_t users = 1;
  // Of its reads and writes, as ioprio_set(2) has it; 0 for none.
  std::uint16_t priority = 0;
  // They leave nothing in the system's cache, as long as the file takes that.
  bool is_uncached = false;
  // There is something to give to each transfer: it asks this alone.
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
  // Cached data may be read without waiting; what is not to be cached mostly is not.
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
  // What it has open; null or closed: nothing. It counts as a user of it.
  opening* current = nullptr;
  // How many openings were closed here and have not ended yet: a second `close` waits for them,
  // too.
  std::uint32_t ending = 0;
  // The file object is gone.
  bool is_abandoned = false;
};

using file_states = boost::intrusive::list<
    file_state, boost::intrusive::member_hook<file_state, intrusive_hook, &file_state::hook>,
    boost::intrusive::constant_time_size<false>>;

[[nodiscard]] inline opening& opening_of(const operation& which) noexcept {
  return static_cast<opening&>(*which.target);
}

}  // namespace asiofile::detail
