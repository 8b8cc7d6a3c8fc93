// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results, for the reports.

#include "plan.hpp"

#include <cstddef>
#include <string_view>

namespace benchmark {

[[nodiscard]] std::size_t count_measurements(const plan& all);

// The medians of the rounds, for each figure separately. There is at least one round.
[[nodiscard]] sample median_of(const entrant& who);

// The median of the rounds' ratios of their operations per second. Both have been measured in the
// same rounds, at least one.
[[nodiscard]] double median_ratio(const entrant& dividend, const entrant& divisor);

// Null if it was not measured.
[[nodiscard]] const group* find_group(const plan& all, std::string_view workload, unsigned depth,
                                      unsigned threads = 1);
[[nodiscard]] const entrant* find_entrant(const group& where, std::string_view contender,
                                          std::string_view engine,
                                          std::string_view token = "callback");

// The entrant that the others are compared with, for each engine.
[[nodiscard]] const entrant* find_asiofile(const group& where, std::string_view engine = "io_uring",
                                           std::string_view token = "callback");

}  // namespace benchmark
