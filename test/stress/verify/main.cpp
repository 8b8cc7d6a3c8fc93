// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// asiofile_verify: random work on files of self-describing blocks, through every backend and every
// kind of completion token, cancelled and closed at random. Every block, handler, descriptor and
// byte of memory is accounted for.

#include "cycle.hpp"
#include "failure.hpp"
#include "live_allocations.hpp"
#include "settings.hpp"

#include <asiofile/backend.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

// Cycles before this one may fill caches that live as long as the program.
constexpr std::size_t first_compared_cycle = 3;

void print(const verify::cycle_report& sum, std::size_t cycles) {
  std::printf("%zu cycles: %llu operations, %llu aborted, %llu dropped with their contexts\n",
              cycles, static_cast<unsigned long long>(sum.operations),
              static_cast<unsigned long long>(sum.aborted),
              static_cast<unsigned long long>(sum.dropped));
}

// A thread that has ended frees its own memory a moment later.
std::ptrdiff_t settled_allocations(std::ptrdiff_t expected) {
  for (int i = 0; i != 5000 && verify::live_allocations() != expected; ++i)
    std::this_thread::sleep_for(1ms);
  return verify::live_allocations();
}

void run_cycles(const verify::settings& chosen) {
  constexpr std::chrono::milliseconds longest = 4s;
  const auto end = std::chrono::steady_clock::now() + chosen.duration;
  const auto length = std::clamp<std::chrono::milliseconds>(chosen.duration / 10, 300ms, longest);
  verify::cycle_report sum;
  std::ptrdiff_t allocations = 0;
  std::size_t number = chosen.only_cycle == 0 ? 1 : chosen.only_cycle;
  std::size_t cycles = 0;
  do {
    const auto [operations, aborted, dropped] = verify::run_cycle(chosen, number++, length);
    sum.operations += operations;
    sum.aborted += aborted;
    sum.dropped += dropped;
    ++cycles;
    if (cycles < first_compared_cycle) continue;
    if (cycles == first_compared_cycle) allocations = verify::live_allocations();
    const std::ptrdiff_t left = settled_allocations(allocations) - allocations;
    verify::require(left == 0, std::to_string(left) + " allocations are left after cycle " +
                                   std::to_string(cycles));
  } while (chosen.only_cycle == 0 && std::chrono::steady_clock::now() < end);
  print(sum, cycles);
  verify::require(chosen.only_cycle != 0 || sum.aborted != 0, "nothing was ever cancelled");
}

}  // namespace

int main(int argument_count, char** arguments) {
  const auto [chosen, exit_code] = verify::read_settings(argument_count, arguments);
  if (exit_code != -1) return exit_code;
  std::printf("seed %llu\n", static_cast<unsigned long long>(chosen.seed));
  for (const auto backend : chosen.backends)
    std::printf("backend %s\n", std::string(asiofile::to_string(backend)).c_str());
  std::fflush(stdout);
  verify::remember_seed(chosen.seed);
  ::setenv("TMPDIR", chosen.directory.c_str(), 1);
  run_cycles(chosen);
  return EXIT_SUCCESS;
}
