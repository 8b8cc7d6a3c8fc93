// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "table.hpp"

#include "results.hpp"

#include <array>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>

namespace benchmark {

namespace {

constexpr std::array<const char*, 3> engines = {"io_uring", "threads", "libaio"};
constexpr int contender_width = 31;
constexpr int engine_width = 22;
constexpr int token_width = 26;
constexpr int operations_width = 13;
constexpr int cpu_width = 8;
constexpr int ratio_width = 9;

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

void print_heading(std::ostream& out, const group& measured) {
  out << '\n'
      << measured.workload << ", depth " << measured.depth << ", " << measured.threads
      << (measured.threads == 1 ? " thread" : " threads") << '\n'
      << std::left << std::setw(contender_width) << "contender" << std::setw(engine_width)
      << "engine" << std::setw(token_width) << "token" << std::right << std::setw(operations_width)
      << "operations/s" << std::setw(cpu_width) << "CPU ns";
  for (const char* const engine : engines)
    out << std::setw(ratio_width) << engine << std::setw(ratio_width) << "CPU";
  out << '\n';
}

// asiofile's operations per second divided by the row's, and the same for the CPU time.
void print_ratios(std::ostream& out, const entrant* reference, const sample& row) {
  if (reference == nullptr) {
    out << std::setw(2 * ratio_width) << "";
    return;
  }
  const sample own = median_of(*reference);
  out << std::setw(ratio_width) << fixed(own.operations_per_second / row.operations_per_second, 2)
      << std::setw(ratio_width)
      << fixed(own.cpu_nanoseconds_per_operation / row.cpu_nanoseconds_per_operation, 2);
}

}  // namespace

void print_explanation(std::ostream& out, const plan& all) {
  out << "Medians of " << all.rounds
      << " rounds, in each of which every entrant ran once. 'CPU ns': processor time for one\n"
         "operation, of all threads of the process. Under 'io_uring', 'threads' and 'libaio': how "
         "many\n"
         "operations per second asiofile does with callbacks on that engine, and how much CPU time "
         "it\n"
         "takes, divided by the row's. asiofile is ahead where the first is above 1.00, and the\n"
         "second below.\n";
}

void print_group(std::ostream& out, const group& measured) {
  print_heading(out, measured);
  for (const entrant& who : measured.entrants) {
    const sample row = median_of(who);
    out << std::left << std::setw(contender_width) << who.contender << std::setw(engine_width)
        << who.engine << std::setw(token_width) << who.token << std::right
        << std::setw(operations_width) << fixed(row.operations_per_second, 0)
        << std::setw(cpu_width) << fixed(row.cpu_nanoseconds_per_operation, 0);
    for (const char* const engine : engines)
      print_ratios(out, find_asiofile(measured, engine), row);
    out << '\n';
  }
  out << std::flush;
}

}  // namespace benchmark
