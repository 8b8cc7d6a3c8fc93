// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace demo {

namespace {

constexpr int name_width = 10;
constexpr int status_width = 8;
constexpr int number_width = 10;
constexpr int wide_number_width = 14;
constexpr std::size_t operations_column = 5;

// A figure of every round, in ascending order.
template <typename Figure>
std::vector<double> of_each(const std::vector<copy_result>& results, Figure figure) {
  std::vector<double> values;
  for (const copy_result& result : results) values.push_back(figure(result));
  std::sort(values.begin(), values.end());
  return values;
}

double median(const std::vector<double>& ascending) {
  const std::size_t middle = ascending.size() / 2;
  if (ascending.size() % 2 == 1) return ascending[middle];
  return (ascending[middle - 1] + ascending[middle]) / 2;
}

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

std::string per_second(double amount, double seconds, int digits) {
  return seconds > 0 ? fixed(amount / seconds, digits) : "-";
}

void print_row(std::ostream& out, const std::vector<std::string>& cells) {
  out << std::left << std::setw(name_width) << cells[0] << std::setw(status_width) << cells[1]
      << std::right;
  for (std::size_t cell = 2; cell != cells.size(); ++cell)
    out << std::setw(cell == operations_column ? wide_number_width : number_width) << cells[cell];
  out << '\n';
}

}  // namespace

void print_header(std::ostream& out, const settings& chosen, std::size_t rounds,
                  const std::filesystem::path& source, const file_digest& digest) {
  out << "Copying " << source.string() << " (" << digest.bytes << " bytes, XXH3-128 "
      << to_string(digest) << ")\nin blocks of " << chosen.block_bytes << " bytes, up to "
      << chosen.depth
      << " operations in flight. The time includes the final async_sync_data;\n"
         "MB are millions of bytes; CPU seconds are user and system time. 'ok' says that the\n"
         "copies' sizes and digests are those of the original. ";
  if (rounds == 1)
    out << "One copy through each engine.\n\n";
  else
    out << "Medians of " << rounds << " copies through each\nengine, which take turns.\n\n";
  out << std::flush;
}

void print_table(std::ostream& out, const std::vector<engine_run>& runs, std::size_t depth) {
  print_row(out, {"engine", "status", "MB/s", "slowest", "fastest", "operations/s", "depth",
                  "in flight", "CPU s"});
  for (const engine_run& run : runs) {
    const std::string name(asiofile::to_string(run.engine));
    if (!run.problem.empty()) {
      print_row(out, {name, "failed", "-", "-", "-", "-", std::to_string(depth), "-", "-"});
      continue;
    }
    const auto seconds = of_each(run.results, [](const copy_result& each) { return each.seconds; });
    const auto cpu = of_each(run.results, [](const copy_result& each) { return each.cpu_seconds; });
    const auto in_flight = of_each(run.results, [](const copy_result& each) {
      return static_cast<double>(each.in_flight_max);
    });
    const auto megabytes = static_cast<double>(run.results.front().bytes) / 1e6;
    const auto operations = static_cast<double>(run.results.front().operations);
    print_row(out, {name, "ok", per_second(megabytes, median(seconds), 1),
                    per_second(megabytes, seconds.back(), 1),
                    per_second(megabytes, seconds.front(), 1),
                    per_second(operations, median(seconds), 0), std::to_string(depth),
                    fixed(in_flight.back(), 0), fixed(median(cpu), 2)});
  }
  out << std::flush;
}

void print_notes(std::ostream& out, const std::vector<engine_run>& runs) {
  for (const engine_run& run : runs) {
    if (run.engine != asiofile::backend::libaio || !run.problem.empty()) continue;
    out << "\nNote: libaio takes reads and writes of direct files only. These copies go "
           "through\nthe system's cache: in the libaio row, threads read and wrote.\n";
  }
}

void print_failures(std::ostream& out, const std::vector<engine_run>& runs) {
  for (const engine_run& run : runs) {
    if (!run.problem.empty())
      out << "asiofile-demo: " << asiofile::to_string(run.engine) << ": " << run.problem << '\n';
  }
}

void print_unavailable(std::ostream& out, const std::vector<asiofile::backend_report>& reports) {
  bool first = true;
  for (const asiofile::backend_report& report : reports) {
    if (report.available) continue;
    if (first) out << "\nNot available:\n";
    first = false;
    out << "  " << asiofile::to_string(report.backend) << ": ";
    if (!report.failing_call.empty()) out << report.failing_call << ": ";
    if (report.error) out << report.error.message() << ". ";
    out << report.explanation << '\n';
  }
  out << std::flush;
}

}  // namespace demo
