// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How long timers and sockets wait beside a flood of file completions.

#include "settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace benchmark {

struct delay {
  // Of asiofile.
  std::string engine;
  // 99th percentiles.
  double timer_milliseconds = 0;
  double echo_milliseconds = 0;
};

// One for each engine that completes cached reads in a different way. Throws.
[[nodiscard]] std::vector<delay> measure_delays(const settings& chosen,
                                                const std::filesystem::path& programs);

}  // namespace benchmark
