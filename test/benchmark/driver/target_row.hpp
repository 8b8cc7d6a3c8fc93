// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A measured figure beside its target.

#include <iosfwd>
#include <optional>
#include <string>

namespace benchmark {

// Prints one line, or nothing if nothing was measured.
void print_at_most(std::ostream& out, const std::string& name, std::optional<double> value,
                   double bound);
void print_at_least(std::ostream& out, const std::string& name, std::optional<double> value,
                    double bound);

}  // namespace benchmark
