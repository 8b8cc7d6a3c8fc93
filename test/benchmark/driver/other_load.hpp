// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The load of the machine by other programs during measurements, which distorts the figures.

#include <iosfwd>

namespace benchmark {

class other_load {
 public:
  // Starts counting.
  other_load();

  // The part of the machine's processors, 0 to 1, that neither were idle nor worked for this
  // process and its children. Includes what the kernel does for them in threads of its own.
  [[nodiscard]] double fraction() const;

 private:
  struct processor_seconds {
    double all = 0;
    double busy = 0;
    double own = 0;
  };

  [[nodiscard]] static processor_seconds now();

  processor_seconds begin_;
};

void print_other_load(std::ostream& out, double fraction);

}  // namespace benchmark
