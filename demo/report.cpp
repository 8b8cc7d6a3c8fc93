#include "report.hpp"

#include <iomanip>
#include <ostream>
#include <sstream>

namespace demo {

namespace {

constexpr int name_width = 10;
constexpr int status_width = 8;
constexpr int number_width = 14;

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
    out << std::setw(number_width) << cells[cell];
  out << '\n';
}

}  // namespace

void print_header(std::ostream& out, const settings& chosen, const std::filesystem::path& source,
                  const file_digest& digest) {
  out << "Copying " << source.string() << " (" << digest.bytes << " bytes, XXH3-128 "
      << to_string(digest) << ")\nin blocks of " << chosen.block_bytes << " bytes, up to "
      << chosen.depth
      << " operations in flight. The time includes the final async_sync_data;\n"
         "MB are millions of bytes; CPU seconds are user and system time. 'ok' says that the\n"
         "copy's size and digest are those of the original.\n\n"
      << std::flush;
}

void print_table(std::ostream& out, const std::vector<engine_run>& runs, std::size_t depth) {
  print_row(out, {"engine", "status", "MB/s", "operations/s", "depth", "max in flight", "CPU s"});
  for (const engine_run& run : runs) {
    const std::string name(asiofile::to_string(run.engine));
    if (!run.result) {
      print_row(out, {name, "failed", "-", "-", std::to_string(depth), "-", "-"});
      continue;
    }
    const copy_result& result = *run.result;
    print_row(out,
              {name, "ok", per_second(static_cast<double>(result.bytes) / 1e6, result.seconds, 1),
               per_second(static_cast<double>(result.operations), result.seconds, 0),
               std::to_string(depth), std::to_string(result.in_flight_max),
               fixed(result.cpu_seconds, 2)});
  }
  out << std::flush;
}

void print_notes(std::ostream& out, const std::vector<engine_run>& runs) {
  for (const engine_run& run : runs) {
    if (run.engine != asiofile::backend::libaio || !run.result) continue;
    out << "\nNote: libaio takes reads and writes of direct files only. This copy goes through "
           "the\n"
           "system's cache: in the libaio row, threads read and wrote.\n";
  }
}

void print_failures(std::ostream& out, const std::vector<engine_run>& runs) {
  for (const engine_run& run : runs) {
    if (!run.result)
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
