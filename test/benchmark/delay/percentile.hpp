// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The 99th percentile.

#include "../worker/fail.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace benchmark {

[[nodiscard]] inline double percentile_99(std::vector<double> values) {
  if (values.size() < 100) fail("only " + std::to_string(values.size()) + " delays were measured");
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace benchmark
