// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Bars drawn by gnuplot.

#include <string>
#include <vector>

namespace benchmark {

struct bar {
  std::string label;
  double length = 0;
  // Drawn in a colour of its own.
  bool is_asiofile = false;
};

struct bar_panel {
  std::string title;
  // From the bottom to the top.
  std::vector<bar> bars;
};

struct bar_chart {
  std::string title;
  std::vector<bar_panel> panels;
};

// Writes the SVG file. There is at least one panel. Throws.
void draw_chart(const std::string& path, const bar_chart& chart);

}  // namespace benchmark
