// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "json_report.hpp"

#include "results.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <stdexcept>

namespace benchmark {

namespace json = boost::json;

void write_results(std::ostream& out, const plan& measured) {
  const char* separator = "[\n";
  for (const group& each : measured.groups) {
    for (const entrant& who : each.entrants) {
      const sample result = median_of(who);
      const json::object row = {
          {"workload", each.workload},
          {"contender", who.contender},
          {"engine", who.engine},
          {"token", who.token},
          {"depth", each.depth},
          {"threads", each.threads},
          {"operations_per_second", result.operations_per_second},
          {"cpu_nanoseconds_per_operation", result.cpu_nanoseconds_per_operation},
          {"rounds", who.samples.size()}};
      out << separator << row;
      separator = ",\n";
    }
  }
  out << (measured.groups.empty() ? "[" : "") << "\n]";
}

void write_json(const std::string& path, const plan& measured) {
  std::ofstream out(path);
  write_results(out, measured);
  out << '\n' << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path);
}

}  // namespace benchmark
