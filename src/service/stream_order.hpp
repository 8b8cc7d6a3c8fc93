#pragma once

// The order of the operations that use one file object's position: each runs when those started
// before it are over, because only then is it known where it begins.

#include "operations/operation_queue.hpp"

#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// Guarded by the service's mutex.
class stream_order {
 public:
  // Whether the operation may run now. If not it is queued, with that stage.
  bool enter(operation& next) noexcept;

  // Takes out an operation that is over, or shall not run. Returns the one that may run now
  // because of that; null where none may.
  operation* leave(operation& over) noexcept;

  // Whether it is an operation's turn.
  [[nodiscard]] bool is_running(const operation& which) const noexcept;

  // In a forked child: those places are held by threads that do not exist there. Returns the
  // operations that may run because of that.
  operation_queue drop_placeholders() noexcept;

  // Bytes from the start of the file; ask `is_at_end` first.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  // The position is the end of the file, wherever that is.
  [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }
  // The position has been used or moved since the file was opened.
  [[nodiscard]] bool has_moved() const noexcept { return has_moved_; }
  void start_at(std::uint64_t position) noexcept { position_ = position; }
  void move_to(std::uint64_t position) noexcept;
  void copy_position(const stream_order& other) noexcept;

 private:
  // A FIFO, terminal or socket has no position: its readers wait for each other, and its writers.
  struct lane {
    operation* running = nullptr;
    operation_queue queued;
  };
  static std::size_t lane_of(const operation& which) noexcept;
  void run_next(lane& its) noexcept;
  void give_position(operation& next) noexcept;
  void take_position(const operation& over) noexcept;

  lane lanes_[2];
  std::uint64_t position_ = 0;
  bool is_at_end_ = false;
  bool has_moved_ = false;
};

}  // namespace asiofile::detail
