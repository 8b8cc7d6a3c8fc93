// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Compares asiofile with every other way of doing file I/O that a program could choose: runs the
// workers and prints one table. See --help.

#include "delays.hpp"
#include "json_report.hpp"
#include "other_load.hpp"
#include "plan.hpp"
#include "plot.hpp"
#include "schedule.hpp"
#include "settings.hpp"
#include "table.hpp"
#include "targets.hpp"

#include <exception>
#include <filesystem>
#include <iostream>

namespace benchmark {

namespace {

void run(const settings& chosen) {
  const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  plan all = make_plan(chosen);
  if (all.groups.empty()) throw usage_error("no workload has '" + chosen.only + "' in its name");
  print_explanation(std::cout, all);
  const other_load others;
  run_plan(all, chosen, programs, [](const group& measured) { print_group(std::cout, measured); });
  const auto delays = measure_delays(chosen, programs);
  print_targets(std::cout, all, delays);
  print_other_load(std::cout, others.fraction());
  if (!chosen.json_file.empty()) write_json(chosen.json_file, all);
  if (!chosen.plot_file.empty()) draw_plot(chosen.plot_file, all);
}

}  // namespace

}  // namespace benchmark

int main(int argc, char** argv) {
  try {
    const auto chosen = benchmark::parse_command_line("asiofile-benchmark", argc, argv);
    if (chosen) benchmark::run(*chosen);
    return 0;
  } catch (const benchmark::usage_error& error) {
    std::cerr << "asiofile-benchmark: " << error.what() << " (see --help)\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "asiofile-benchmark: " << error.what() << '\n';
    return 1;
  }
}
