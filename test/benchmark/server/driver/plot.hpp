// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results as a picture.

#include "plan.hpp"

#include <string>

namespace benchmark::server {

// Draws the processor time of each workload, and the 99th percentile beside cold downloads, through
// gnuplot. Throws.
void draw_plot(const std::string& path, const plan& measured);

}  // namespace benchmark::server
