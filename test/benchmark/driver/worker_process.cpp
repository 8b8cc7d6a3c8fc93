// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "worker_process.hpp"

#include "child_process.hpp"

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace benchmark {

boost::json::value ask_worker(const std::filesystem::path& program, const task& what) {
  std::vector<std::string> arguments = to_arguments(what);
  arguments.insert(arguments.begin(), program.string());
  return boost::json::parse(output_of(arguments));
}

sample run_worker(const std::filesystem::path& programs, const entrant& who) {
  const boost::json::value answer = ask_worker(programs / who.program, who.what);
  return {answer.at("operations_per_second").to_number<double>(),
          answer.at("cpu_nanoseconds_per_operation").to_number<double>()};
}

}  // namespace benchmark
