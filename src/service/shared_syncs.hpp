#pragma once

// Writes that a sync follows, in flight together on one descriptor, share it: one sync covers all
// whose data is written when it is submitted. It costs the device about as much as each alone.

#include "operations/operation_queue.hpp"

namespace asiofile::detail {

// Guarded by the service's mutex. Which operation syncs for a descriptor is in
// `descriptor::syncing`.
class shared_syncs {
 public:
  // A write that is done, with its sync to come. Returns whether it is to be submitted, for its own
  // sync and perhaps others'; if not it is kept here.
  bool join(operation& written);

  // The sync of one that `join` let pass is about to be submitted.
  void begin(operation& leader) noexcept;

  // An operation is over. If it was one that syncs, those that it covers get its result and are
  // appended to `covered`. Returns one to be submitted in its place; null where none waits.
  operation* end(operation& over, operation_queue& covered) noexcept;

  // Takes out one that is kept.
  void leave(operation& kept) noexcept { remove(kept_, kept); }

  // At the end of everything.
  operation_queue& kept() noexcept { return kept_; }

 private:
  operation_queue kept_;
};

}  // namespace asiofile::detail
