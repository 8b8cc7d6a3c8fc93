// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "plot.hpp"

#include "results.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace benchmark {

namespace {

constexpr unsigned plotted_depth = 32;

bool is_asiofile(const entrant& who) { return who.contender.starts_with("asiofile"); }

std::string label_of(const entrant& who) {
  std::string label = who.contender;
  if (label == "boost_asio_file_per_operation") label = "boost_asio, file per operation";
  if (who.engine == "io_uring_beside_epoll") label += ", beside epoll";
  if (who.engine == "io_uring_only") label += ", no epoll";
  if (is_asiofile(who)) label += ", " + who.engine + ", " + who.token;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

}  // namespace

bar_panel panel_of(const group& drawn, const std::string& title) {
  bar_panel panel{title, {}};
  for (const entrant& each : drawn.entrants) {
    // Barely distinguishable at this size.
    if (each.token.find("any_io_executor") != std::string::npos) continue;
    panel.bars.push_back({label_of(each), median_of(each).operations_per_second / 1000,
                          is_asiofile(each)});
  }
  std::sort(panel.bars.begin(), panel.bars.end(),
            [](const bar& x, const bar& y) { return x.length < y.length; });
  return panel;
}

void draw_plot(const std::string& path, const plan& measured) {
  bar_chart chart{"Thousands of operations per second, depth " + std::to_string(plotted_depth) +
                      ", one thread; asiofile in colour",
                  {}};
  for (const group& each : measured.groups)
    if (each.depth == plotted_depth && each.threads == 1)
      chart.panels.push_back(panel_of(each, each.workload));
  if (chart.panels.empty()) throw std::runtime_error("nothing to plot: no workload has depth 32");
  draw_chart(path, chart);
}

}  // namespace benchmark
