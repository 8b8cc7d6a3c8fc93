// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "table.hpp"

#include "../../driver/results.hpp"

#include <iomanip>
#include <ostream>

namespace benchmark::storage {

namespace {

constexpr int contender_width = 26;
constexpr int engine_width = 24;
constexpr int token_width = 11;
constexpr int column_width = 13;

}  // namespace

void print_explanation(std::ostream& out, const plan& all) {
  out << "Medians of " << all.rounds
      << " rounds, in each of which every entrant ran once. 'CPU us': processor time for one\n"
         "operation, of all threads of the process. 'ratio': how many operations per second "
         "asiofile on\n"
         "io_uring (the first row) does in a round, divided by the row's, the median of the "
         "rounds. asiofile\n"
         "is ahead where that is above 1.00.\n";
}

void print_group(std::ostream& out, const group& measured) {
  out << '\n'
      << measured.workload << ", " << measured.depth << " at a time\n"
      << std::left << std::setw(contender_width) << "contender" << std::setw(engine_width)
      << "engine" << std::setw(token_width) << "token" << std::right << std::setw(column_width)
      << "operations/s" << std::setw(column_width) << "CPU us" << std::setw(column_width) << "ratio"
      << '\n';
  const entrant& own = measured.entrants.front();
  for (const entrant& who : measured.entrants) {
    const sample row = median_of(who);
    out << std::left << std::setw(contender_width) << who.contender << std::setw(engine_width)
        << who.engine << std::setw(token_width) << who.token << std::right << std::fixed
        << std::setw(column_width) << std::setprecision(0) << row.operations_per_second
        << std::setw(column_width) << std::setprecision(1)
        << row.cpu_nanoseconds_per_operation / 1000 << std::setw(column_width)
        << std::setprecision(2) << median_ratio(own, who) << '\n';
  }
  out << std::flush;
}

}  // namespace benchmark::storage
