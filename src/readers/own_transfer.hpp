// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The reads, writes and closes that readers and writers start by themselves.

#include "operations/operation_queue.hpp"
#include "readers/background.hpp"
#include "service/opening.hpp"
#include "service/service_core.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace asiofile::detail {

// An operation of a `background`, in memory that belongs to that. Once it has completed, it is
// destroyed before another one is made in its memory.
class own_transfer final : public operation_storage {
 public:
  // `part`: the part of its owner that it is for. `only_on`: the number of the opening that it is
  // meant for.
  own_transfer(operation_kind what, std::uint64_t only_on, void* part) noexcept
      : operation_storage(&own_transfer::end), of(part), kind_(what), only_on_(only_on) {
    if (what == operation_kind::close) prepare(*this, what);
  }

  // A job, of the owner's too.
  own_transfer(job& task, void* part) noexcept
      : operation_storage(&own_transfer::end),
        of(part),
        kind_(operation_kind::run_job),
        only_on_(0) {
    prepare(*this, task);
  }

  // A read or write of one buffer, which `place` describes for as long as it lasts.
  void set_buffer(std::uint64_t where, iovec& place) noexcept {
    transfer_request request{.kind = kind_};
    request.offset = where;
    request.buffers = &place;
    request.buffer_count = 1;
    request.bytes = place.iov_len;
    prepare(*this, request);
  }

  void keep(std::shared_ptr<background> owner) noexcept { owner_ = std::move(owner); }

  void* const of;
  // It may never complete by itself, so it must be possible to cancel it.
  bool needs_handle = false;
  // Its handle in that case. Guarded by the owner's mutex.
  cancellation_handle announced_handle;

 private:
  friend class unstarted_transfers;

  static void end(operation_storage& over, const operation_result* result) {
    auto& self = static_cast<own_transfer&>(over);
    // The owner may live no longer than its last operation.
    const std::shared_ptr<background> owner = std::move(self.owner_);
    owner->finish(self, result);
  }

  const operation_kind kind_;
  const std::uint64_t only_on_;
  std::shared_ptr<background> owner_;
};

// Operations that are to be started once the owner's mutex is released. If it is destroyed while
// some are left, those complete as if the context were gone.
class unstarted_transfers {
 public:
  unstarted_transfers() = default;
  unstarted_transfers(const unstarted_transfers&) = delete;
  unstarted_transfers& operator=(const unstarted_transfers&) = delete;
  ~unstarted_transfers() {
    while (!queue_.empty()) take_front(queue_).storage().destroy();
  }

  void add(own_transfer& next, std::shared_ptr<background> owner) noexcept {
    next.keep(std::move(owner));
    queue_.push_back(operation::in(next));
  }

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }

  // Those for which there is no handle end with ENOMEM.
  void start_all(const file_state_ptr& file) {
    while (!queue_.empty()) {
      auto& next = static_cast<own_transfer&>(take_front(queue_).storage());
      if (next.needs_handle && !name(*file, next)) {
        next.complete(operation_result{.error = ENOMEM});
        continue;
      }
      file->core->start_own(*file, operation_ptr(&next), next.only_on_);
    }
  }

 private:
  static bool name(file_state& file, own_transfer& unstarted) {
    try {
      const cancellation_handle handle = issue_handle(file, unstarted);
      unstarted.owner_->announce_handle(unstarted, handle);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  operation_queue queue_;
};

}  // namespace asiofile::detail
