// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs a plan.

#include "plan.hpp"
#include "settings.hpp"

#include <functional>

namespace benchmark::server {

// Fills in the samples, workload by workload, and calls `measured` after each. Within a workload
// the contenders alternate, each newly started, and each round begins with another one, so that
// other load on the machine affects all of them. Throws if a server cannot be measured at all, or
// sends something other than the files.
void run_plan(plan& all, const settings& chosen,
              const std::function<void(const workload&)>& measured);

}  // namespace benchmark::server
