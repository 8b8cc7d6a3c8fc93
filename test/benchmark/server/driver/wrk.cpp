// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "wrk.hpp"

#include "../../driver/child_process.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <stdexcept>

namespace benchmark::server {

namespace {

// wrk has whole seconds only.
std::string seconds_of(std::chrono::milliseconds duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count()) + 's';
}

// The requests are made once. The last line that wrk prints is the results: microseconds.
void write_script(const std::filesystem::path& path, const std::vector<std::string>& targets) {
  std::ofstream out(path);
  out << "local targets = {\n";
  for (const std::string& each : targets) out << "  '" << each << "',\n";
  out << R"(}
local requests, last = {}, 0

function init(arguments)
  for index, target in ipairs(targets) do requests[index] = wrk.format('GET', target) end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"duration":%d,"failed":%d,"p50":%d,"p99":%d,"worst":%d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
)" << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

sample run_wrk(const settings& chosen, const plan& all, const std::vector<std::string>& targets,
               std::uint16_t port, const std::filesystem::path& work) {
  std::filesystem::create_directories(work);
  const std::filesystem::path script = work / "requests.lua";
  write_script(script, targets);
  const std::string printed =
      output_of({chosen.wrk, "--threads", std::to_string(std::min(all.threads, all.connections)),
                 "--connections", std::to_string(all.connections), "--duration",
                 seconds_of(all.duration), "--timeout", "30s", "--script", script.string(),
                 "http://127.0.0.1:" + std::to_string(port) + '/'});
  const auto result = boost::json::parse(last_line(printed));
  const auto number = [&](const char* name) { return result.at(name).to_number<double>(); };
  sample measured;
  measured.requests = result.at("requests").to_number<std::uint64_t>();
  measured.failed = result.at("failed").to_number<std::uint64_t>();
  measured.requests_per_second = number("requests") / (number("duration") * 1e-6);
  measured.p50_milliseconds = number("p50") * 1e-3;
  measured.p99_milliseconds = number("p99") * 1e-3;
  measured.worst_milliseconds = number("worst") * 1e-3;
  return measured;
}

}  // namespace benchmark::server
