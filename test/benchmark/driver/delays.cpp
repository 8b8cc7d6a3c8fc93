// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "delays.hpp"

#include "../worker/task.hpp"
#include "data_file.hpp"
#include "worker_process.hpp"

#include <boost/json.hpp>

#include <cstddef>

namespace benchmark {

namespace {

constexpr const char* program = "asiofile-benchmark-delay";
constexpr std::size_t file_bytes = std::size_t{256} << 10;

}  // namespace

std::vector<delay> measure_delays(const settings& chosen, const std::filesystem::path& programs) {
  const data_file file(chosen.directory, file_bytes, 4096);
  task what;
  what.path = file.path().string();
  what.region_bytes = file_bytes;
  what.depth = 128;
  what.milliseconds = chosen.smoke ? 100 : chosen.quick ? 1000 : 5000;

  std::vector<delay> measured;
  for (const char* const engine : {"io_uring", "threads"}) {
    what.engine = engine;
    const boost::json::value answer = ask_worker(programs / program, what);
    measured.push_back({engine, answer.at("timer_milliseconds").to_number<double>(),
                        answer.at("echo_milliseconds").to_number<double>()});
  }
  return measured;
}

}  // namespace benchmark
