// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results as a picture.

#include "../../driver/plan.hpp"

#include <string>

namespace benchmark::storage {

// Draws the operations per second of every group, through gnuplot. Throws.
void draw_plot(const std::string& path, const plan& measured);

}  // namespace benchmark::storage
