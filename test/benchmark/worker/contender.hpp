// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What each way of doing file I/O is to the measurement.

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

  // Transfers so many blocks, `depth` at a time, and returns when the last is done. May be called
  // again. Ends the program where a transfer fails.
  virtual void run(std::uint64_t operations) = 0;

  // Whether what was written is in the file. To be called between runs.
  virtual void check_written() = 0;
};

// Defined once in each worker program, for the contenders that it has; null for others. Called in
// the thread that will call the contender.
[[nodiscard]] std::unique_ptr<contender> make_contender(const task& what);

}  // namespace benchmark
