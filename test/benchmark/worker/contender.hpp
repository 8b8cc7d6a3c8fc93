// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The interface of each way of doing file I/O.

#include "task.hpp"

#include <cstdint>
#include <memory>

namespace benchmark {

class contender {
 public:
  contender() = default;
  virtual ~contender() = default;
  contender(const contender&) = delete;
  contender& operator=(const contender&) = delete;

  // Transfers this many blocks, `depth` at a time, and returns when the last is done. May be called
  // repeatedly. Ends the program if a transfer fails.
  virtual void run(std::uint64_t operations) = 0;

  // Checks that the file contains what was written. To be called between runs.
  virtual void check_written() = 0;
};

// Defined once in each worker program, for the contenders that it has; null for others. Called in
// the thread that will call the contender.
[[nodiscard]] std::unique_ptr<contender> make_contender(const task& what);

}  // namespace benchmark
