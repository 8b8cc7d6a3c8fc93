// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The records that a contender makes durable: each has a number of its own, and each is looked for
// in the file afterwards. The same for all contenders.

#include "../../worker/task.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace benchmark::storage {

class record_set {
 public:
  // One record at a time for each appender: as many as the depth.
  explicit record_set(const task& what);
  record_set(const record_set&) = delete;
  record_set& operator=(const record_set&) = delete;

  void refill(std::uint64_t records) noexcept { left_ = records; }

  // Fills the appender's next record; false: nothing is left to do.
  [[nodiscard]] bool next(std::size_t appender) noexcept;

  [[nodiscard]] std::byte* record(std::size_t appender) noexcept {
    return memory_.data() + appender * record_bytes_;
  }
  [[nodiscard]] std::size_t record_bytes() const noexcept { return record_bytes_; }

  // Checks that every record so far is in the file exactly once, one after the other from its
  // beginning. Ends the program otherwise.
  void check_written(const std::string& path) const;

 private:
  std::size_t record_bytes_;
  std::vector<std::byte> memory_;
  std::uint64_t writer_;
  std::uint64_t left_ = 0;
  std::uint64_t made_ = 0;
};

}  // namespace benchmark::storage
