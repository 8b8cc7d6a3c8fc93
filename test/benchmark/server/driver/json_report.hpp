// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results in a machine-readable form.

#include "plan.hpp"

#include <string>

namespace benchmark::server {

// Writes a list of objects {workload, contender, connections, threads, rounds, requests, failed,
// requests_per_second, p50_milliseconds, p99_milliseconds, worst_milliseconds}, with
// cpu_microseconds_per_request, or with download_mib_per_second if the requests are paced. Throws.
void write_json(const std::string& path, const plan& measured);

}  // namespace benchmark::server
