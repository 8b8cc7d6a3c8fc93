// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "plot.hpp"

#include "../../driver/gnuplot.hpp"

#include <algorithm>
#include <string>

namespace benchmark::server {

namespace {

std::string label_of(contender who) {
  std::string label(name_of(who));
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

// The best at the top.
bar_panel panel_of(const workload& drawn) {
  const bool is_cold = drawn.load == load_kind::cached_beside_cold;
  bar_panel panel{
      is_cold ? drawn.name + ": 99th percentile, ms" : drawn.name + ": CPU for one request, us",
      {}};
  for (const entrant& each : drawn.entrants) {
    const sample result = summary_of(each);
    panel.bars.push_back({label_of(each.who),
                          is_cold ? result.p99_milliseconds : result.cpu_microseconds_per_request,
                          each.who == contender::asiofile});
  }
  std::sort(panel.bars.begin(), panel.bars.end(),
            [](const bar& x, const bar& y) { return x.length > y.length; });
  return panel;
}

}  // namespace

void draw_plot(const std::string& path, const plan& measured) {
  bar_chart chart{"File servers, " + std::to_string(measured.connections) +
                      " connections: less is better; asiofile in colour",
                  {}};
  for (const workload& each : measured.workloads) chart.panels.push_back(panel_of(each));
  draw_chart(path, chart);
}

}  // namespace benchmark::server
