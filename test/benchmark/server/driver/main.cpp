// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Compares example/3_servers/http_file_server with other file servers: runs them and load
// generators, and prints one table. See --help. The exit code is 1 if anything failed, even a
// single request.

#include "../../driver/other_load.hpp"
#include "json_report.hpp"
#include "plan.hpp"
#include "plot.hpp"
#include "schedule.hpp"
#include "settings.hpp"
#include "slow_device.hpp"
#include "table.hpp"

#include <exception>
#include <iostream>

namespace benchmark::server {

namespace {

// False: a request failed.
bool run(const settings& chosen) {
  plan all = make_plan(chosen);
  if (all.workloads.empty()) throw usage_error("no workload has '" + chosen.only + "' in its name");
  if (chosen.measured != extent::smoke && find_workload(all, "4k_beside_cold") != nullptr)
    check_slow_device(chosen.slow_directory);
  print_explanation(std::cout, all);
  const other_load others;
  run_plan(all, chosen, [](const workload& measured) { print_workload(std::cout, measured); });
  if (chosen.measured != extent::smoke) print_targets(std::cout, all);
  print_other_load(std::cout, others.fraction());
  if (!chosen.json_file.empty()) write_json(chosen.json_file, all);
  if (!chosen.plot_file.empty()) draw_plot(chosen.plot_file, all);
  if (count_failed(all) == 0) return true;
  std::cout << "\nFAILED: " << count_failed(all) << " requests failed.\n";
  return false;
}

}  // namespace

}  // namespace benchmark::server

int main(int argc, char** argv) {
  try {
    const auto chosen = benchmark::server::parse_command_line(argc, argv);
    return !chosen || benchmark::server::run(*chosen) ? 0 : 1;
  } catch (const benchmark::server::usage_error& error) {
    std::cerr << "asiofile-benchmark-server: " << error.what() << " (see --help)\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "asiofile-benchmark-server: " << error.what() << '\n';
    return 1;
  }
}
