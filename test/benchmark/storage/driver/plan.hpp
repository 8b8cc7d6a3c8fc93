// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What is measured: logs of small records, and single durable writes.

#include "../../driver/plan.hpp"
#include "../../driver/settings.hpp"

namespace benchmark::storage {

// Of the workloads.
inline constexpr const char* log_in_place = "log";
inline constexpr const char* log_growing = "growing_log";
inline constexpr const char* durable_direct = "durable_direct_write_4k";
inline constexpr const char* durable_buffered = "durable_buffered_write_4k";
inline constexpr const char* durable_direct_xfs = "durable_direct_write_4k_xfs";
inline constexpr const char* durable_buffered_xfs = "durable_buffered_write_4k_xfs";

inline constexpr unsigned many_appenders = 64;

// The first entrant of each group is asiofile on io_uring. The paths in the tasks are left empty.
[[nodiscard]] plan make_plan(const settings& chosen);

}  // namespace benchmark::storage
