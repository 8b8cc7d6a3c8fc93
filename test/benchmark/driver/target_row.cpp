// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "target_row.hpp"

#include <iomanip>
#include <ostream>

namespace benchmark {

namespace {

constexpr int name_width = 96;

void print(std::ostream& out, const std::string& name, double value, const char* relation,
           double bound, bool is_reached) {
  out << std::left << std::setw(name_width) << name << std::right << std::fixed
      << std::setprecision(2) << std::setw(7) << value << "  " << relation << bound << "  "
      << (is_reached ? "reached" : "MISSED") << '\n';
}

}  // namespace

void print_at_most(std::ostream& out, const std::string& name, std::optional<double> value,
                   double bound) {
  if (value) print(out, name, *value, "at most ", bound, *value <= bound);
}

void print_at_least(std::ostream& out, const std::string& name, std::optional<double> value,
                    double bound) {
  if (value) print(out, name, *value, "at least ", bound, *value >= bound);
}

}  // namespace benchmark
