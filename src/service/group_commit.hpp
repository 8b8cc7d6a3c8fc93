// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Writes that a sync follows (chains), in flight together on one descriptor, share it: one sync
// covers all whose data is written when it is submitted, and costs the device about as much as each
// alone.
//
// The error of a failed sync applies to everything that was written before its failure is known:
// the kernel reports a failed write once for each open file description (fsync(2)), so the next
// sync may succeed without the data.

#include "operations/operation_queue.hpp"
#include "service/service_lock.hpp"

#include <cstdint>

namespace asiofile::detail {

// There is one for each descriptor.
class group_commit {
 public:
  group_commit() = default;
  group_commit(const group_commit&) = delete;
  group_commit& operator=(const group_commit&) = delete;

  // How many syncs of the descriptor have failed so far. To be asked when a sync or a chain comes
  // in.
  [[nodiscard]] std::uint32_t failures() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return failures_;
  }
  // What a sync that has succeeded reports: 0, or the error of another that failed since
  // `failures_before`.
  [[nodiscard]] int verdict_since(std::uint32_t failures_before) const noexcept
      ASIOFILE_REQUIRES(service_lock) {
    return failures_before == failures_ ? 0 : last_failure_;
  }
  // A sync has failed with an errno value.
  void note_failure(int error) noexcept ASIOFILE_REQUIRES(service_lock) {
    ++failures_;
    last_failure_ = error;
  }

  // A chain has begun, or has completed.
  void chain_begins() noexcept ASIOFILE_REQUIRES(service_lock) { ++chains_; }
  void chain_ends() noexcept ASIOFILE_REQUIRES(service_lock) { --chains_; }
  // There is only one chain, whose sync is submitted together with its write: one submission less.
  [[nodiscard]] bool is_single() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return chains_ == 1 && leader_ == nullptr;
  }

  // A write has completed, and its sync is due. Returns whether to submit it for that: it is then
  // the leader, whose sync covers the group. If not, it is kept here.
  bool join(transfer_operation& written) noexcept ASIOFILE_REQUIRES(service_lock);

  // The leader's sync is about to be submitted: it covers those that are kept now, and syncs all
  // that one of them asks for.
  void begin(transfer_operation& leader) noexcept ASIOFILE_REQUIRES(service_lock);

  // A chain has completed. If it was the leader, those that its sync covers get its result and are
  // appended to `covered`. Returns the next leader, to be submitted; null if none waits.
  transfer_operation* end(transfer_operation& over, operation_queue& covered) noexcept
      ASIOFILE_REQUIRES(service_lock);

  // At shutdown: all that are kept.
  void take_all(operation_queue& into) noexcept ASIOFILE_REQUIRES(service_lock);

 private:
  transfer_operation* leader_ ASIOFILE_GUARDED_BY(service_lock) = nullptr;
  // Written before the leader's sync was submitted, and after.
  operation_queue covered_ ASIOFILE_GUARDED_BY(service_lock);
  operation_queue next_ ASIOFILE_GUARDED_BY(service_lock);
  std::uint32_t chains_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  std::uint32_t failures_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  int last_failure_ ASIOFILE_GUARDED_BY(service_lock) = 0;
};

}  // namespace asiofile::detail
