// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs a plan.

#include "plan.hpp"
#include "settings.hpp"

#include <filesystem>
#include <functional>

namespace benchmark {

// Fills in the samples, group by group, and calls `measured` after each group. Within a group the
// entrants alternate, and each round begins with another one, so that other load on the machine
// affects all of them. Throws if anything fails.
void run_plan(plan& all, const settings& chosen, const std::filesystem::path& programs,
              const std::function<void(const group&)>& measured);

}  // namespace benchmark
