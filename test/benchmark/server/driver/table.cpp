// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "table.hpp"

#include "../../driver/target_row.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>

namespace benchmark::server {

namespace {

constexpr int name_width = 24;
constexpr int column_width = 12;

// The columns of a table: a heading, a member of a sample, and digits behind the point.
struct column {
  const char* heading;
  double sample::*value;
  int digits;
};

constexpr column fast_columns[] = {
    {"CPU us", &sample::cpu_microseconds_per_request, 2},
    {"requests/s", &sample::requests_per_second, 0},
    {"p50 ms", &sample::p50_milliseconds, 2},
    {"p99 ms", &sample::p99_milliseconds, 2},
};

constexpr column cold_columns[] = {
    {"p50 ms", &sample::p50_milliseconds, 2},
    {"p99 ms", &sample::p99_milliseconds, 2},
    {"worst ms", &sample::worst_milliseconds, 2},
    {"cold MiB/s", &sample::download_mib_per_second, 2},
};

template <std::size_t Count>
void print_rows(std::ostream& out, const workload& measured, const column (&columns)[Count],
                double sample::*compared, const char* ratio_heading) {
  out << '\n'
      << measured.name << '\n'
      << std::left << std::setw(name_width) << "contender" << std::right;
  for (const column& each : columns) out << std::setw(column_width) << each.heading;
  out << std::setw(column_width) << "requests" << std::setw(column_width) << "failed"
      << std::setw(column_width) << ratio_heading << '\n';

  const sample own = summary_of(find_entrant(measured, contender::asiofile));
  for (const entrant& who : measured.entrants) {
    const sample row = summary_of(who);
    out << std::left << std::setw(name_width) << name_of(who.who) << std::right << std::fixed;
    for (const column& each : columns)
      out << std::setw(column_width) << std::setprecision(each.digits) << row.*each.value;
    out << std::setw(column_width) << row.requests << std::setw(column_width) << row.failed
        << std::setw(column_width) << std::setprecision(4) << own.*compared / row.*compared << '\n';
  }
  out << std::flush;
}

double cpu(const workload& where, contender who) {
  return summary_of(find_entrant(where, who)).cpu_microseconds_per_request;
}

double p99(const workload& where, contender who) {
  return summary_of(find_entrant(where, who)).p99_milliseconds;
}

}  // namespace

void print_explanation(std::ostream& out, const plan& all) {
  out << all.connections << " connections, " << all.threads
      << (all.threads == 1 ? " thread" : " threads") << " or processes for each server. "
      << (all.rounds == 1 ? "One round" : "Medians of " + std::to_string(all.rounds) + " rounds")
      << ", in each of which every server ran\n"
         "once. 'CPU us': microseconds of processor time of the server for one request, user and "
         "system. 'worst\n"
         "ms': of all rounds. 'failed': of all rounds; there must be none. The last column: "
         "asiofile's figure divided\n"
         "by the row's. asiofile is ahead where that is below 1.\n";
}

void print_workload(std::ostream& out, const workload& measured) {
  if (measured.load == load_kind::cached_beside_cold)
    print_rows(out, measured, cold_columns, &sample::p99_milliseconds, "p99");
  else print_rows(out, measured, fast_columns, &sample::cpu_microseconds_per_request, "CPU");
}

void print_targets(std::ostream& out, const plan& all) {
  out << "\nTargets\n";
  for (const char* const name : {"4k", "100k"}) {
    const workload* const where = find_workload(all, name);
    if (where == nullptr) continue;
    print_at_most(
        out, std::string(name) + ": CPU, to the better of nginx with and without sendfile",
        cpu(*where, contender::asiofile) / std::min(cpu(*where, contender::nginx_sendfile),
                                                    cpu(*where, contender::nginx_sendfile_off)),
        1);
  }
  if (const workload* const where = find_workload(all, "10m")) {
    print_at_most(out, "10m: CPU, to nginx with sendfile",
                  cpu(*where, contender::asiofile) / cpu(*where, contender::nginx_sendfile), 1.1);
  }
  if (const workload* const where = find_workload(all, "4k_beside_cold")) {
    const double own = p99(*where, contender::asiofile);
    const double nginx = std::min(p99(*where, contender::nginx_sendfile),
                                  p99(*where, contender::nginx_sendfile_off));
    print_at_most(out, "4k_beside_cold: 99th percentile, ms", own, 10);
    print_at_most(
        out, "4k_beside_cold: 99th percentile, to the better of nginx with and without sendfile",
        own / nginx, 0.01);
  }
  print_at_most(out, "failed requests, of all contenders", static_cast<double>(count_failed(all)),
                0);
}

}  // namespace benchmark::server
