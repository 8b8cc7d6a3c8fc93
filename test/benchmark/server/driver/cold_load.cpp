// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "cold_load.hpp"

#include "http_client.hpp"
#include "paced_requests.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace benchmark::server {

namespace {

namespace asio = boost::asio;
using clock = paced_requests::clock;
using std::chrono::milliseconds;

constexpr std::size_t clients = 16;
constexpr auto interval = milliseconds(10);
// The downloads are under way when the requests begin.
constexpr auto head_start = milliseconds(500);

struct downloads {
  std::uint64_t bytes = 0;
  std::uint64_t failed = 0;
};

asio::awaitable<void> download(std::string target, std::uint16_t port, downloads& counted) {
  try {
    http_client client(co_await asio::this_coro::executor);
    co_await client.connect(port);
    co_await client.download(std::move(target),
                             [&counted](std::size_t bytes) { counted.bytes += bytes; });
  } catch (const std::exception& error) {
    std::cerr << "asiofile-benchmark-server: a download failed: " << error.what() << '\n';
    ++counted.failed;
  }
}

// `values` are sorted; `fraction`: 0 to 1.
double percentile(const std::vector<double>& values, double fraction) {
  const auto index = static_cast<std::size_t>(static_cast<double>(values.size()) * fraction);
  return values[std::min(index, values.size() - 1)];
}

}  // namespace

sample run_cold_load(const plan& all, const served_files& cached, const served_files& cold,
                     std::uint16_t port) {
  const auto start = clock::now();
  const auto begin = start + head_start;
  const auto end = begin + all.duration;

  downloads counted;
  std::vector<paced_requests> requests;
  for (std::size_t index = 0; index != clients; ++index)
    requests.emplace_back(cached, port, begin + interval * index / clients, end, interval);

  // Destroyed, with the coroutines that still run, before the objects that they refer to.
  {
    asio::io_context context(1);
    for (const std::string& target : cold.targets())
      asio::co_spawn(context, download(target, port, counted), asio::detached);
    for (paced_requests& each : requests) asio::co_spawn(context, each.run(), asio::detached);
    context.run_until(end);
  }

  sample measured;
  const std::chrono::duration<double> taken = clock::now() - start;
  measured.download_mib_per_second =
      static_cast<double>(counted.bytes) / (1024 * 1024) / taken.count();
  measured.failed = counted.failed;
  std::vector<double> latencies;
  for (paced_requests& each : requests) {
    const std::vector<double> some = each.take_latencies();
    latencies.insert(latencies.end(), some.begin(), some.end());
    measured.failed += each.failed();
  }
  std::sort(latencies.begin(), latencies.end());
  measured.requests = latencies.size();
  measured.requests_per_second =
      static_cast<double>(latencies.size()) / std::chrono::duration<double>(all.duration).count();
  measured.p50_milliseconds = percentile(latencies, 0.5);
  measured.p99_milliseconds = percentile(latencies, 0.99);
  measured.worst_milliseconds = latencies.back();
  return measured;
}

}  // namespace benchmark::server
