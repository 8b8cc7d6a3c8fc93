// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What came out, for the reports.

#include "plan.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace benchmark {

[[nodiscard]] std::size_t count_measurements(const plan& all);

// The medians of the rounds, each for itself. There is at least one round.
[[nodiscard]] sample median_of(const entrant& who);

// The median of the rounds' ratios: the operations per second of one, divided by those of whoever
// of the others was best in that round. All have been measured in the same rounds, at least one.
[[nodiscard]] double ratio_to_best(const entrant& dividend,
                                   const std::vector<const entrant*>& divisors);

// Null where it was not measured.
[[nodiscard]] const group* find_group(const plan& all, std::string_view workload, unsigned depth,
                                      unsigned threads = 1);
[[nodiscard]] const entrant* find_entrant(const group& where, std::string_view contender,
                                          std::string_view engine,
                                          std::string_view token = "callback");

// Whom the others are compared with, for each engine.
[[nodiscard]] const entrant* find_asiofile(const group& where, std::string_view engine = "io_uring",
                                           std::string_view token = "callback");

}  // namespace benchmark
