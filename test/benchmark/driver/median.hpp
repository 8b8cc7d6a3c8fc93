// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <vector>

namespace benchmark {

// The middle value, or the mean of the two in the middle. There is at least one.
[[nodiscard]] double median(std::vector<double> values);

}  // namespace benchmark
