// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "targets.hpp"

#include "../../driver/results.hpp"
#include "../../driver/target_row.hpp"
#include "plan.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>

namespace benchmark::storage {

namespace {

using entrants = std::vector<const entrant*>;

// Runs differ by up to three percent.
constexpr double tie = 0.97;

// On every engine, or on the one.
entrants find_all(const group& where, std::string_view contender, std::string_view engine = "") {
  entrants found;
  for (const entrant& who : where.entrants) {
    if (who.contender == contender && (engine.empty() || who.engine == engine))
      found.push_back(&who);
  }
  return found;
}

// The ratio to the fastest of the others, by the medians of the rounds' ratios.
double ratio_to_best(const entrant& dividend, const entrants& divisors) {
  std::vector<double> ratios;
  for (const entrant* const each : divisors) ratios.push_back(median_ratio(dividend, *each));
  return std::ranges::min(ratios);
}

class target_list {
 public:
  explicit target_list(const plan& all) : all_(all) {}

  std::vector<target> make() {
    for (const char* const workload : {log_in_place, log_growing}) {
      if (const group* const found = find_group(all_, workload, many_appenders)) add_many(*found);
      if (const group* const found = find_group(all_, workload, 1)) add_single(*found);
    }
    for (const char* const workload :
         {durable_direct, durable_direct_xfs, durable_buffered, durable_buffered_xfs})
      if (const group* const found = find_group(all_, workload, 1)) add_durable_write(*found);
    return std::move(made_);
  }

 private:
  void add_many(const group& where) {
    for (const entrant* const log : find_all(where, "asiofile_append_log")) {
      at_least(where, *log, "records/s, to chains",
               ratio_to_best(*log, find_all(where, "asiofile_chains", log->engine)), 5);
      at_least(where, *log, "records/s, to the loop",
               ratio_to_best(*log, find_all(where, "pwritev2_fdatasync_loop")), 0.9);
    }
  }

  void add_single(const group& where) {
    const entrant* const loop = find_all(where, "pwritev2_fdatasync_loop").front();
    for (const entrant* const log : find_all(where, "asiofile_append_log")) {
      add({title(where, *log, "time of a record, to write + fdatasync"), median_ratio(*loop, *log),
           1.1, true});
    }
  }

  void add_durable_write(const group& where) {
    for (const entrant* const own : find_all(where, "asiofile")) {
      at_least(where, *own, "writes/s, to Boost.Asio",
               ratio_to_best(*own, find_all(where, "boost_asio")), tie);
      at_least(where, *own, "writes/s, to libuv",
               ratio_to_best(*own, find_all(where, "libuv_dsync")), tie);
    }
  }

  static std::string title(const group& where, const entrant& who, const std::string& rest) {
    return where.workload + ", " + std::to_string(where.depth) + " at a time, " + who.engine +
           ": " + rest;
  }

  void at_least(const group& where, const entrant& who, const std::string& rest, double measured,
                double bound) {
    add({title(where, who, rest), measured, bound, false});
  }

  void add(target made) { made_.push_back(std::move(made)); }

  const plan& all_;
  std::vector<target> made_;
};

}  // namespace

std::vector<target> targets_of(const plan& all) { return target_list(all).make(); }

void print_targets(std::ostream& out, const std::vector<target>& targets) {
  out << "\nTargets\n";
  for (const target& each : targets) {
    const auto print = each.is_at_most ? &print_at_most : &print_at_least;
    print(out, each.name, each.measured, each.bound);
  }
  out << std::flush;
}

}  // namespace benchmark::storage
