// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "json_report.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <stdexcept>

namespace benchmark::server {

namespace json = boost::json;

void write_json(const std::string& path, const plan& measured) {
  std::ofstream out(path);
  const char* separator = "[\n";
  for (const workload& each : measured.workloads) {
    for (const entrant& who : each.entrants) {
      const sample result = summary_of(who);
      json::object row = {{"workload", each.name},
                          {"contender", name_of(who.who)},
                          {"connections", measured.connections},
                          {"threads", measured.threads},
                          {"rounds", who.samples.size()},
                          {"requests", result.requests},
                          {"failed", result.failed},
                          {"requests_per_second", result.requests_per_second},
                          {"p50_milliseconds", result.p50_milliseconds},
                          {"p99_milliseconds", result.p99_milliseconds},
                          {"worst_milliseconds", result.worst_milliseconds}};
      if (each.load == load_kind::cached_beside_cold)
        row["download_mib_per_second"] = result.download_mib_per_second;
      else row["cpu_microseconds_per_request"] = result.cpu_microseconds_per_request;
      out << separator << row;
      separator = ",\n";
    }
  }
  out << (measured.workloads.empty() ? "[" : "") << "\n]\n" << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path);
}

}  // namespace benchmark::server
