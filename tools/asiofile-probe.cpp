// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Reports which backends of asiofile work on this machine, why the others do not, and which one a
// program would run on. See --help; doc/backends.md explains the output, the exit codes and the
// keys of --json.

#include <asiofile/asiofile.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <boost/json/src.hpp>
#include <boost/system/error_code.hpp>

#include <sys/utsname.h>

#include <cstddef>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

namespace json = boost::json;
using asiofile::backend;
using asiofile::backend_report;

// The exit codes. Those for usage and other errors are the ones of sysexits.h.
constexpr int exit_best = 0;
constexpr int exit_other = 1;
constexpr int exit_none = 2;
constexpr int exit_usage = 64;
constexpr int exit_failure = 70;
constexpr int exit_output = 74;

constexpr const char* introduction =
    "usage: asiofile-probe [--json | --version | --help]\n\n"
    "Tries each backend of asiofile on this machine. Prints which of them work, why the others do\n"
    "not and what can be done about it, and which one a program would run on. ASIOFILE_BACKEND\n"
    "and the default_backend file count as they do for any program.\n\n"
    "exit codes: 0 io_uring, the best, works; 1 another one does; 2 none does; 64 a mistake in\n"
    "the command line; 70 something unexpected; 74 the output could not be written\n\n"
    "  --json      print one JSON object\n"
    "  --version   print the version\n"
    "  -h, --help  print this text\n";

struct findings {
  std::string system;
  std::vector<backend_report> reports;
  // The backend that a program without options would run on; `automatic`: none works.
  backend chosen = backend::automatic;
  std::string why;
  std::string default_backend_file;
};

std::string system_name() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return std::string(names.sysname) + ' ' + names.release;
}

findings find_out() {
  findings found;
  found.system = system_name();
  found.reports = asiofile::probe();
  boost::asio::io_context context;
  auto& service = boost::asio::use_service<asiofile::file_service>(context);
  found.chosen = service.active_backend();
  found.why = service.why();
  found.default_backend_file = asiofile::default_backend_file();
  return found;
}

int exit_code_of(const findings& found) {
  int code = exit_none;
  for (const backend_report& report : found.reports) {
    if (!report.available) continue;
    if (report.backend == backend::io_uring) return exit_best;
    code = exit_other;
  }
  return code;
}

// ---- for people

// Prints a text in lines of a readable length.
void print_wrapped(std::ostream& out, const std::string& text, std::size_t indentation) {
  constexpr std::size_t line_characters_max = 96;
  std::size_t used = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (used != 0 && used + 1 + word.size() > line_characters_max) {
      out << '\n';
      used = 0;
    }
    const std::string before(used == 0 ? indentation : 1, ' ');
    out << before << word;
    used += before.size() + word.size();
  }
  out << '\n';
}

void print_for_people(std::ostream& out, const findings& found) {
  constexpr int name_width = 10;
  out << "asiofile " ASIOFILE_VERSION_STRING " on " << found.system << "\n\n";
  for (const backend_report& report : found.reports) {
    out << std::left << std::setw(name_width) << asiofile::to_string(report.backend)
        << (report.available ? "available" : "not available");
    if (!report.failing_call.empty())
      out << ": " << report.failing_call << ": " << report.error.message();
    out << '\n';
    print_wrapped(out, report.explanation, name_width);
  }
  std::error_code ignored;
  const bool is_there = std::filesystem::exists(found.default_backend_file, ignored);
  out << "\nA program here runs on " << found.why.substr(0, found.why.find('\n')) << '\n';
  std::istringstream lines(found.why);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("note: ")) print_wrapped(out, line, 0);
  }
  out << "default_backend file: " << found.default_backend_file
      << (is_there ? "\n" : " (there is none)\n");
}

// ---- for programs

// A string of JSON is UTF-8, which a path need not be.
json::string text(std::string_view value) {
  boost::system::error_code invalid;
  static_cast<void>(json::parse(json::serialize(json::string(value)), invalid));
  json::string result(value);
  if (!invalid) return result;
  for (char& each : result) {
    if (static_cast<unsigned char>(each) >= 0x80) each = '?';
  }
  return result;
}

json::object to_json(const backend_report& report) {
  json::object result;
  result["name"] = asiofile::to_string(report.backend);
  result["available"] = report.available;
  result["failing_call"] = nullptr;
  result["errno"] = nullptr;
  result["error"] = nullptr;
  if (!report.failing_call.empty()) {
    result["failing_call"] = text(report.failing_call);
    result["errno"] = report.error.value();
    result["error"] = text(report.error.message());
  }
  result["explanation"] = text(report.explanation);
  return result;
}

json::object to_json(const findings& found) {
  json::object result;
  result["version"] = ASIOFILE_VERSION_STRING;
  result["system"] = text(found.system);
  result["chosen"] = nullptr;
  if (found.chosen != backend::automatic) result["chosen"] = asiofile::to_string(found.chosen);
  json::array why;
  std::istringstream lines(found.why);
  for (std::string line; std::getline(lines, line);) why.push_back(text(line));
  result["why"] = why;
  result["default_backend_file"] = text(found.default_backend_file);
  json::array backends;
  for (const backend_report& report : found.reports) backends.push_back(to_json(report));
  result["backends"] = backends;
  return result;
}

// ---- the command line

class usage_error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Whether JSON is wanted; nothing if help or the version was. Does not use Boost.Program_options,
// so that the build needs only Boost's headers.
std::optional<bool> parse_command_line(int argc, const char* const* argv) {
  bool wants_json = false;
  for (int number = 1; number < argc; ++number) {
    const std::string_view argument = argv[number];
    if (argument == "-h" || argument == "--help") {
      std::cout << introduction;
      return std::nullopt;
    }
    if (argument == "--version") {
      std::cout << "asiofile-probe " ASIOFILE_VERSION_STRING "\n";
      return std::nullopt;
    }
    if (argument != "--json") throw usage_error("unknown argument '" + std::string(argument) + "'");
    wants_json = true;
  }
  return wants_json;
}

int run(int argc, const char* const* argv) {
  const std::optional<bool> wants_json = parse_command_line(argc, argv);
  if (!wants_json) return 0;
  const findings found = find_out();
  if (*wants_json)
    std::cout << json::serialize(to_json(found)) << '\n';
  else
    print_for_people(std::cout, found);
  return exit_code_of(found);
}

}  // namespace

int main(int argc, char* argv[]) {
  try {
    const int code = run(argc, argv);
    return std::cout.flush() ? code : exit_output;
  } catch (const usage_error& mistake) {
    std::cerr << "asiofile-probe: " << mistake.what() << " (--help tells more)\n";
    return exit_usage;
  } catch (const std::exception& unexpected) {
    std::cerr << "asiofile-probe: " << unexpected.what() << '\n';
    return exit_failure;
  }
}
