// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "json_report.hpp"

#include "../../driver/json_report.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <stdexcept>

namespace benchmark::storage {

namespace json = boost::json;

void write_json(const std::string& path, const plan& measured, const std::vector<target>& targets) {
  std::ofstream out(path);
  out << "{\"results\":";
  write_results(out, measured);
  const char* separator = ",\"targets\":[\n";
  for (const target& each : targets) {
    const json::object row = {{"name", each.name},
                              {"measured", each.measured},
                              {each.is_at_most ? "at_most" : "at_least", each.bound},
                              {"met", each.is_met()}};
    out << separator << row;
    separator = ",\n";
  }
  out << "\n]}\n" << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path);
}

}  // namespace benchmark::storage
