// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The order of the operations that use one file object's position: each runs when those started
// before it have completed, because only then is it known where it begins.

#include "operations/operation_queue.hpp"
#include "service/service_lock.hpp"

#include <array>
#include <cstdint>

namespace asiofile::detail {

class sequencer {
 public:
  // Whether the operation may run now. If not it is kept, in stage `sequenced`.
  bool enter(transfer_operation& next) noexcept ASIOFILE_REQUIRES(service_lock);

  // An operation has completed; it is in no list. Returns the one that may run now because of that;
  // null where none may.
  transfer_operation* leave(transfer_operation& over) noexcept ASIOFILE_REQUIRES(service_lock);

  // Removes an operation that waits and is not to run.
  void take_out(transfer_operation& queued) noexcept ASIOFILE_REQUIRES(service_lock) {
    remove(lanes_[lane_of(queued)].queued, queued);
  }

  // Whether an operation may run now.
  [[nodiscard]] bool is_running(const transfer_operation& which) const noexcept
      ASIOFILE_REQUIRES(service_lock);

  // At shutdown, and in a forked child: takes the operations that wait.
  void take_queued(operation_queue& into) noexcept ASIOFILE_REQUIRES(service_lock);
  // In a forked child: the entries of synchronous functions, whose threads do not exist there.
  void drop_placeholders() noexcept ASIOFILE_REQUIRES(service_lock);

  // The descriptor's own position is used, as by read(2) and write(2).
  void use_descriptor_position() noexcept ASIOFILE_REQUIRES(service_lock) {
    uses_descriptor_position_ = true;
  }
  [[nodiscard]] bool uses_descriptor_position() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return uses_descriptor_position_;
  }

  // Bytes from the start of the file; ask `is_at_end` and `uses_descriptor_position` first.
  [[nodiscard]] std::uint64_t position() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return position_;
  }
  // The position is the end of the file, wherever that is.
  [[nodiscard]] bool is_at_end() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return is_at_end_;
  }
  // The position has been used or moved since the file was opened.
  [[nodiscard]] bool has_moved() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return has_moved_;
  }
  void move_to_position(std::uint64_t position) noexcept ASIOFILE_REQUIRES(service_lock);
  // Starts at another one's position.
  void start_at(std::uint64_t position, bool is_at_end) noexcept ASIOFILE_REQUIRES(service_lock) {
    position_ = position;
    is_at_end_ = is_at_end;
  }

 private:
  // A FIFO, terminal or socket has no position: its readers wait for each other, and so do its
  // writers.
  struct lane {
    transfer_operation* running = nullptr;
    operation_queue queued;
  };
  static std::size_t lane_of(const transfer_operation& which) noexcept;
  void run_next(lane& its) noexcept ASIOFILE_REQUIRES(service_lock);
  void give_position(transfer_operation& next) const noexcept ASIOFILE_REQUIRES(service_lock);
  void take_position(const transfer_operation& over) noexcept ASIOFILE_REQUIRES(service_lock);

  std::array<lane, 2> lanes_ ASIOFILE_GUARDED_BY(service_lock);
  std::uint64_t position_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  bool is_at_end_ ASIOFILE_GUARDED_BY(service_lock) = false;
  bool has_moved_ ASIOFILE_GUARDED_BY(service_lock) = false;
  bool uses_descriptor_position_ ASIOFILE_GUARDED_BY(service_lock) = false;
};

}  // namespace asiofile::detail
