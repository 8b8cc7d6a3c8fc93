// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// asiofile's performance targets, compared with what was measured.

#include "../../driver/plan.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace benchmark::storage {

struct target {
  std::string name;
  // A median of the rounds' ratios.
  double measured = 0;
  double bound = 0;
  // Otherwise the target is a minimum.
  bool is_at_most = false;

  [[nodiscard]] bool is_met() const noexcept {
    return is_at_most ? measured <= bound : measured >= bound;
  }
};

// One for each that was measured. `all` has its samples.
[[nodiscard]] std::vector<target> targets_of(const plan& all);

void print_targets(std::ostream& out, const std::vector<target>& targets);

}  // namespace benchmark::storage
