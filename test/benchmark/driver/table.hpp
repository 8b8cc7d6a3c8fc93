// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The results as a table for people.

#include "plan.hpp"

#include <iosfwd>

namespace benchmark {

void print_explanation(std::ostream& out, const plan& all);

// Prints a block of the table; to be called when the group has been measured.
void print_group(std::ostream& out, const group& measured);

}  // namespace benchmark
