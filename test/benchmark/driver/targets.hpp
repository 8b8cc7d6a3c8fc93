// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// asiofile's performance targets, compared with what was measured.

#include "delays.hpp"
#include "plan.hpp"

#include <iosfwd>
#include <vector>

namespace benchmark {

// One line for each target for which everything was measured. `all` has its samples.
void print_targets(std::ostream& out, const plan& all, const std::vector<delay>& delays);

}  // namespace benchmark
