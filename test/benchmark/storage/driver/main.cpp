// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Compares asiofile's durable writes and its append_log with the other ways of making data durable:
// runs the workers and prints one table. See --help.

#include "../../driver/other_load.hpp"
#include "../../driver/schedule.hpp"
#include "../../driver/settings.hpp"
#include "json_report.hpp"
#include "plan.hpp"
#include "plot.hpp"
#include "table.hpp"
#include "targets.hpp"

#include <exception>
#include <filesystem>
#include <iostream>

namespace benchmark::storage {

namespace {

constexpr const char* program = "asiofile-benchmark-storage";

void run(const settings& chosen) {
  const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  plan all = storage::make_plan(chosen);
  if (all.groups.empty()) throw usage_error("no workload has '" + chosen.only + "' in its name");
  print_explanation(std::cout, all);
  const other_load others;
  run_plan(all, chosen, programs, [](const group& measured) { print_group(std::cout, measured); });
  const std::vector<target> targets = targets_of(all);
  if (!chosen.smoke) print_targets(std::cout, targets);
  print_other_load(std::cout, others.fraction());
  if (!chosen.json_file.empty()) write_json(chosen.json_file, all, targets);
  if (!chosen.plot_file.empty()) draw_plot(chosen.plot_file, all);
}

}  // namespace

}  // namespace benchmark::storage

int main(int argc, char** argv) {
  using namespace benchmark;
  try {
    const auto chosen = parse_command_line(storage::program, argc, argv);
    if (chosen) storage::run(*chosen);
    return 0;
  } catch (const usage_error& error) {
    std::cerr << storage::program << ": " << error.what() << " (see --help)\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << storage::program << ": " << error.what() << '\n';
    return 1;
  }
}
