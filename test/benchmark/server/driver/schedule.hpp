// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs a plan.

#include "plan.hpp"
#include "settings.hpp"

#include <functional>

namespace benchmark::server {

// Fills in the samples, workload by workload, and calls `measured` after each. Within a workload
// the contenders take turns, each started anew, and each round begins with another one: what the
// machine does meanwhile hits all of them. Throws where a server cannot be measured at all, or
// sends something else than the files.
void run_plan(plan& all, const settings& chosen,
              const std::function<void(const workload&)>& measured);

}  // namespace benchmark::server
