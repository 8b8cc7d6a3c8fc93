// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs a contender for a while and measures the time.

#include "contender.hpp"
#include "task.hpp"

namespace benchmark {

struct measurement {
  double operations_per_second = 0;
  // User and system time of all threads of the process, those that the kernel adds for io_uring
  // included.
  double cpu_nanoseconds_per_operation = 0;
};

[[nodiscard]] measurement measure(contender& runner, const task& what);

}  // namespace benchmark
