// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "plot.hpp"

#include "../../driver/plot.hpp"

namespace benchmark::storage {

void draw_plot(const std::string& path, const plan& measured) {
  bar_chart chart{"Thousands of durable records or writes per second; asiofile in colour", {}};
  for (const group& each : measured.groups) {
    const std::string title = each.workload + ", " + std::to_string(each.depth) + " at a time";
    chart.panels.push_back(panel_of(each, title));
  }
  draw_chart(path, chart);
}

}  // namespace benchmark::storage
