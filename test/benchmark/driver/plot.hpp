// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results as a picture.

#include "plan.hpp"

#include <string>

namespace benchmark {

// Draws the operations per second of each workload at depth 32 in one thread, through gnuplot.
// Throws.
void draw_plot(const std::string& path, const plan& measured);

}  // namespace benchmark
