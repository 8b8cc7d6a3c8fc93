// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results as tables for people.

#include "plan.hpp"

#include <iosfwd>

namespace benchmark::server {

void print_explanation(std::ostream& out, const plan& all);

// To be called when the workload has been measured.
void print_workload(std::ostream& out, const workload& measured);

// The example's targets, one line for each that was measured.
void print_targets(std::ostream& out, const plan& all);

}  // namespace benchmark::server
