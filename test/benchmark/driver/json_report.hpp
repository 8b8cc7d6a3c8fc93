// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results in a machine-readable form.

#include "plan.hpp"

#include <iosfwd>
#include <string>

namespace benchmark {

// Writes a list of objects {workload, contender, engine, token, depth, threads,
// operations_per_second, cpu_nanoseconds_per_operation, rounds}.
void write_results(std::ostream& out, const plan& measured);

// The same into a file. Throws.
void write_json(const std::string& path, const plan& measured);

}  // namespace benchmark
