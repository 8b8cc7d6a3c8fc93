// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results as a picture.

#include "gnuplot.hpp"
#include "plan.hpp"

#include <string>

namespace benchmark {

// Thousands of operations per second of all contenders in a group, the fastest at the top.
[[nodiscard]] bar_panel panel_of(const group& drawn, const std::string& title);

// Draws the operations per second of each workload at depth 32 in one thread, through gnuplot.
// Throws.
void draw_plot(const std::string& path, const plan& measured);

}  // namespace benchmark
