// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "gnuplot.hpp"

#include <cstddef>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace benchmark {

namespace {

constexpr std::size_t columns = 3;
constexpr int panel_width_pixels = 520;
constexpr int panel_height_pixels = 400;

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char each : text) result += each == '\'' ? std::string("''") : std::string(1, each);
  return result + '\'';
}

void draw_panel(std::ostream& script, const bar_panel& drawn) {
  script << "$rows << END\n";
  for (std::size_t index = 0; index != drawn.bars.size(); ++index) {
    const bar& each = drawn.bars[index];
    script << index << ' ' << each.length << ' ' << (each.is_asiofile ? 1 : 0) << " \""
           << each.label << "\"\n";
  }
  script << "END\n"
         << "set title \"" << drawn.title << "\"\n"
         << "set yrange [-0.7:" << static_cast<double>(drawn.bars.size()) - 0.3 << "]\n"
         << "plot $rows using ($2/2):1:($2/2):(0.36):($3 == 1 ? 0x0b6e99 : 0xb0b7bd)"
            ":yticlabels(4) with boxxyerror fill solid 1 noborder lc rgb variable notitle, "
            "$rows using 2:1:($2 < 100 ? sprintf(' %.1f', $2) : sprintf(' %.0f', $2)) with labels "
            "left font ',9' notitle\n";
}

std::string script_for(const std::string& path, const bar_chart& chart) {
  const std::size_t lines = (chart.panels.size() + columns - 1) / columns;
  std::ostringstream script;
  script << "set terminal svg noenhanced size " << panel_width_pixels * static_cast<int>(columns)
         << ',' << panel_height_pixels * static_cast<int>(lines) + 60
         << " font 'sans-serif,11' background 'white'\n"
         << "set output " << quoted(path) << '\n'
         << "set multiplot layout " << lines << ',' << columns << " title " << quoted(chart.title)
         << " font ',16'\n"
         << "set xrange [0:*]\nset offsets graph 0, graph 0.16, 0, 0\n"
         << "unset xtics\nset ytics nomirror scale 0 font ',10'\nset border 2\n"
         << "set lmargin 38\n";
  for (const bar_panel& each : chart.panels) draw_panel(script, each);
  script << "unset multiplot\n";
  return script.str();
}

}  // namespace

void draw_chart(const std::string& path, const bar_chart& chart) {
  const std::string script = script_for(path, chart);
  std::FILE* const gnuplot = ::popen("gnuplot", "w");
  if (gnuplot == nullptr) throw std::runtime_error("cannot start gnuplot");
  const bool was_written = std::fwrite(script.data(), 1, script.size(), gnuplot) == script.size();
  if (::pclose(gnuplot) != 0 || !was_written)
    throw std::runtime_error("gnuplot could not draw " + path);
}

}  // namespace benchmark
