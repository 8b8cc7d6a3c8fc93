// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// One operation that a user of a file has started: its parameters, how often its handler has been
// called, and with what.

#include "failure.hpp"

#include <asiofile/aligned_buffer.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace verify {

using boost::system::error_code;

enum class operation_type {
  read,
  write,
  write_and_sync_data,
  write_and_sync_all,
  sync_data,
  sync_all,
  size,
  resize
};

inline bool is_chain(operation_type type) noexcept {
  return type == operation_type::write_and_sync_data || type == operation_type::write_and_sync_all;
}

inline bool is_write(operation_type type) noexcept {
  return type == operation_type::write || is_chain(type);
}

inline bool is_transfer(operation_type type) noexcept {
  return type == operation_type::read || is_write(type);
}

const char* name_of(operation_type type) noexcept;

class tracked_operation {
 public:
  tracked_operation(operation_type what, std::uint32_t first_place, std::uint32_t place_count);

  // For a report.
  [[nodiscard]] std::string describe() const;

  // Called by its handler. Fails if the handler runs inside the initiating function, or more than
  // once.
  void complete(const error_code& ec, std::uint64_t count);

  const operation_type type;
  const std::uint32_t place;
  const std::uint32_t places;
  // The generations of the blocks that it writes, from the first block on.
  std::vector<std::uint32_t> generations;

  // The user's side of cancelling.
  boost::asio::cancellation_signal signal;
  bool has_slot = false;
  bool is_cancelled = false;
  // Its position in the order of a stream's operations: assigned when it is actually launched.
  std::uint64_t order = 0;
  // The index of the user's record of the file object that it was started on.
  std::size_t handle = 0;

  // What the handler was called with.
  error_code error;
  std::uint64_t result = 0;
  // A future returns either a value or an error: how much of a failed chain was written is not
  // known.
  bool result_is_lost = false;
  std::atomic<unsigned> completions = 0;

  // The blocks that it transfers; empty if it transfers none. Aligned for direct files.
  asiofile::aligned_buffer memory;
};

// While it lives, the calling thread is inside the operation's initiating function.
class initiation_scope {
 public:
  explicit initiation_scope(const tracked_operation& operation) noexcept;
  ~initiation_scope();
  initiation_scope(const initiation_scope&) = delete;
  initiation_scope& operator=(const initiation_scope&) = delete;

 private:
  const tracked_operation* before_;
};

}  // namespace verify
