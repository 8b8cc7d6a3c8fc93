// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "plot.hpp"

#include "results.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace benchmark {

namespace {

constexpr unsigned plotted_depth = 32;
constexpr std::size_t columns = 3;
constexpr int panel_width_pixels = 520;
constexpr int panel_height_pixels = 400;

std::vector<const group*> plotted_groups(const plan& measured) {
  std::vector<const group*> chosen;
  for (const group& each : measured.groups)
    if (each.depth == plotted_depth && each.threads == 1) chosen.push_back(&each);
  return chosen;
}

std::string label_of(const entrant& who) {
  std::string label = who.contender;
  if (label == "boost_asio_file_per_operation") label = "boost_asio, file per operation";
  if (who.engine == "io_uring_beside_epoll") label += ", beside epoll";
  if (who.engine == "io_uring_only") label += ", no epoll";
  if (who.contender == "asiofile") label += ", " + who.engine;
  if (who.contender == "asiofile") label += ", " + who.token;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

std::string quoted(const std::string& path) {
  std::string text = "'";
  for (const char each : path) text += each == '\'' ? std::string("''") : std::string(1, each);
  return text + '\'';
}

// Bars from the fastest at the top to the slowest, asiofile's in a colour of their own.
void draw_panel(std::ostream& script, const group& drawn) {
  std::vector<const entrant*> rows;
  for (const entrant& each : drawn.entrants) {
    // Hardly to be told from each other at this size.
    if (each.token.find("any_io_executor") == std::string::npos) rows.push_back(&each);
  }
  std::sort(rows.begin(), rows.end(), [](const entrant* x, const entrant* y) {
    return median_of(*x).operations_per_second < median_of(*y).operations_per_second;
  });
  script << "$rows << END\n";
  for (std::size_t index = 0; index != rows.size(); ++index) {
    script << index << ' ' << median_of(*rows[index]).operations_per_second / 1000 << ' '
           << (rows[index]->contender == "asiofile" ? 1 : 0) << " \"" << label_of(*rows[index])
           << "\"\n";
  }
  script << "END\n"
         << "set title \"" << drawn.workload << "\"\n"
         << "set yrange [-0.7:" << static_cast<double>(rows.size()) - 0.3 << "]\n"
         << "plot $rows using ($2/2):1:($2/2):(0.36):($3 == 1 ? 0x0b6e99 : 0xb0b7bd)"
            ":yticlabels(4) with boxxyerror fill solid 1 noborder lc rgb variable notitle, "
            "$rows using 2:1:($2 < 100 ? sprintf(' %.1f', $2) : sprintf(' %.0f', $2)) with labels "
            "left font ',9' notitle\n";
}

std::string script_for(const std::string& path, const std::vector<const group*>& groups) {
  const std::size_t lines = (groups.size() + columns - 1) / columns;
  std::ostringstream script;
  script << "set terminal svg noenhanced size " << panel_width_pixels * static_cast<int>(columns)
         << ',' << panel_height_pixels * static_cast<int>(lines) + 60
         << " font 'sans-serif,11' background 'white'\n"
         << "set output " << quoted(path) << '\n'
         << "set multiplot layout " << lines << ',' << columns
         << " title 'Thousands of operations per second, depth " << plotted_depth
         << ", one thread; asiofile in colour' font ',16'\n"
         << "set xrange [0:*]\nset offsets graph 0, graph 0.16, 0, 0\n"
         << "unset xtics\nset ytics nomirror scale 0 font ',10'\nset border 2\n"
         << "set lmargin 38\n";
  for (const group* each : groups) draw_panel(script, *each);
  script << "unset multiplot\n";
  return script.str();
}

}  // namespace

void draw_plot(const std::string& path, const plan& measured) {
  const auto groups = plotted_groups(measured);
  if (groups.empty()) throw std::runtime_error("nothing to plot: no workload has depth 32");
  const std::string script = script_for(path, groups);
  std::FILE* const gnuplot = ::popen("gnuplot", "w");
  if (gnuplot == nullptr) throw std::runtime_error("cannot start gnuplot");
  const bool was_written = std::fwrite(script.data(), 1, script.size(), gnuplot) == script.size();
  if (::pclose(gnuplot) != 0 || !was_written)
    throw std::runtime_error("gnuplot could not draw " + path);
}

}  // namespace benchmark
