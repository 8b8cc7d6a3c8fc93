// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A cycle of the verify run: contexts with their threads, users of files on each, and a thread that
// disturbs them, for a while; then everything is destroyed, checked and accounted for. In some
// cycles the contexts are destroyed with operations in flight.

#include "settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace verify {

struct cycle_report {
  std::uint64_t operations = 0;
  std::uint64_t aborted = 0;
  std::uint64_t dropped = 0;
};

// `number` counts the cycles from 1, and with the seed decides what happens in it.
cycle_report run_cycle(const settings& chosen, std::size_t number,
                       std::chrono::milliseconds length);

}  // namespace verify
