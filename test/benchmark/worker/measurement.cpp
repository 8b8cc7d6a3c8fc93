// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "measurement.hpp"

#include "fail.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>

namespace benchmark {

namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) fail("getrusage", errno);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double seconds_for(contender& runner, std::uint64_t operations) {
  const auto started = steady_clock::now();
  runner.run(operations);
  return duration<double>(steady_clock::now() - started).count();
}

// Fills caches and pools, starts threads, and finds out how many operations fit into the time.
std::uint64_t warm_up(contender& runner, const task& what, std::uint64_t least) {
  const double wanted = what.warm_up_milliseconds * 1e-3;
  std::uint64_t operations = least;
  while (true) {
    const double taken = std::max(seconds_for(runner, operations), 1e-6);
    const double rate = static_cast<double>(operations) / taken;
    if (taken >= wanted / 2) return static_cast<std::uint64_t>(rate * what.milliseconds * 1e-3);
    operations = std::max(operations * 2, static_cast<std::uint64_t>(rate * wanted * 0.75));
  }
}

}  // namespace

measurement measure(contender& runner, const task& what) {
  const std::uint64_t least = std::uint64_t{2} * what.depth * what.threads;
  const std::uint64_t operations = std::max(warm_up(runner, what, least), least);
  const double cpu_before = cpu_seconds();
  const double taken = seconds_for(runner, operations);
  const double cpu_taken = cpu_seconds() - cpu_before;
  const auto count = static_cast<double>(operations);
  return {count / taken, cpu_taken * 1e9 / count};
}

}  // namespace benchmark
