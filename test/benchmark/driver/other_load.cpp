// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "other_load.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <string>

namespace benchmark {

namespace {

double own_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

other_load::other_load() : begin_(now()) {}

double other_load::fraction() const {
  const processor_seconds end = now();
  const double all = end.all - begin_.all;
  const double other = (end.busy - begin_.busy) - (end.own - begin_.own);
  return all > 0 ? std::max(other / all, 0.0) : 0;
}

other_load::processor_seconds other_load::now() {
  // proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, in ticks.
  std::ifstream in("/proc/stat");
  std::string name;
  in >> name;
  processor_seconds sum;
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  double ticks = 0;
  for (int column = 0; column != 8 && in >> ticks; ++column) {
    sum.all += ticks / ticks_per_second;
    if (column != 3 && column != 4) sum.busy += ticks / ticks_per_second;
  }
  sum.own = own_seconds(RUSAGE_SELF) + own_seconds(RUSAGE_CHILDREN);
  return sum;
}

void print_other_load(std::ostream& out, double fraction) {
  out << "\nOther work (of other programs, and of the kernel in threads of its own) took "
      << std::fixed << std::setprecision(0) << fraction * 100
      << " % of the\nmachine's processors meanwhile"
      << (fraction > 0.1 ? ": the figures suffer from it.\n" : ".\n");
}

}  // namespace benchmark
