// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "results.hpp"

#include "median.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace benchmark {

sample median_of(const entrant& who) {
  std::vector<double> operations;
  std::vector<double> cpu;
  for (const sample& each : who.samples) {
    operations.push_back(each.operations_per_second);
    cpu.push_back(each.cpu_nanoseconds_per_operation);
  }
  return {median(std::move(operations)), median(std::move(cpu))};
}

std::size_t count_measurements(const plan& all) {
  std::size_t count = 0;
  for (const group& each : all.groups) count += each.entrants.size() * all.rounds;
  return count;
}

double median_ratio(const entrant& dividend, const entrant& divisor) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round != dividend.samples.size(); ++round)
    ratios.push_back(dividend.samples[round].operations_per_second /
                     divisor.samples[round].operations_per_second);
  return median(std::move(ratios));
}

const group* find_group(const plan& all, std::string_view workload, unsigned depth,
                        unsigned threads) {
  const auto found = std::find_if(all.groups.begin(), all.groups.end(), [&](const group& each) {
    return each.workload == workload && each.depth == depth && each.threads == threads;
  });
  return found == all.groups.end() ? nullptr : &*found;
}

const entrant* find_entrant(const group& where, std::string_view contender, std::string_view engine,
                            std::string_view token) {
  const auto found =
      std::find_if(where.entrants.begin(), where.entrants.end(), [&](const entrant& each) {
        return each.contender == contender && each.engine == engine && each.token == token;
      });
  return found == where.entrants.end() ? nullptr : &*found;
}

const entrant* find_asiofile(const group& where, std::string_view engine, std::string_view token) {
  return find_entrant(where, "asiofile", engine, token);
}

}  // namespace benchmark
