// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "selection/selection.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

// An errno value for the reason why a backend does not work.
int error_of(const backend_report& report) noexcept {
  return report.error ? report.error.value() : EOPNOTSUPP;
}

}  // namespace

selection_sources sources_of(const service_options& options) {
  selection_sources sources;
  sources.option = options.backend;
  if (const char* const named = environment_variable("ASIOFILE_BACKEND")) sources.variable = named;
  sources.file_path = default_backend_path(options.default_backend_file);
  sources.file = [path = sources.file_path] { return read_default_backend(path); };
  return sources;
}

// ---- selecting

namespace {

class selector {
 public:
  selector(bool strict, const backend_trial& try_out) : strict_(strict), try_out_(try_out) {}

  // Each of these returns whether that ends the search.
  bool ask_option(backend option) {
    if (option == backend::automatic) return false;
    return ask({option}, "service_options::backend");
  }

  bool ask_variable(const std::optional<std::string>& value) {
    if (!value) return false;
    const std::optional<backend> named = parse_backend(*value);
    if (!named) {
      made_.notes.push_back("ASIOFILE_BACKEND is " + in_quotes(*value) +
                            ", which is no backend (io_uring, libaio, threads, automatic)");
      is_passed_over_ = true;
      if (!strict_) return false;
      return refuse(EINVAL);
    }
    return ask({*named}, "ASIOFILE_BACKEND");
  }

  bool ask_file(const std::string& path, const std::function<default_backend_content()>& read) {
    const default_backend_content content = read();
    for (const std::string& problem : content.problems)
      made_.notes.push_back("the file " + in_quotes(path) + ": " + problem);
    return !content.backends.empty() && ask(content.backends, "the file " + in_quotes(path));
  }

  // Ends the search.
  selection finish() && {
    if (is_over_) return std::move(made_);
    for (const backend each : usual_order) {
      if (!works(each)) continue;
      made_.reason = "the first that works here" + order_origin_;
      return std::move(made_);
    }
    // The threads were the last resort, whichever backends were tried before.
    made_.error = error_of(report_on(backend::threads));
    made_.reason = "no backend works here";
    return std::move(made_);
  }

 private:
  bool ask(const std::vector<backend>& wanted, const std::string& source) {
    for (const backend each : wanted) {
      if (each == backend::automatic) {
        order_origin_ = ", which is what " + source + " asks for";
        return true;
      }
      if (works(each)) {
        made_.reason = "asked for by " + source;
        made_.is_as_asked = !is_passed_over_;
        return is_over_ = true;
      }
      is_passed_over_ = true;
      made_.notes.push_back(source + " asks for " + std::string(to_string(each)) +
                            ", which does not work here");
    }
    return strict_ && refuse(error_of(report_on(wanted.front())));
  }

  bool refuse(int error) {
    made_.error = error;
    made_.reason = "service_options::strict allows no other than what was asked for";
    return is_over_ = true;
  }

  bool works(backend candidate) {
    const backend_report& report = report_on(candidate);
    if (report.available) made_.backend = candidate;
    return report.available;
  }

  const backend_report& report_on(backend candidate) {
    const auto known = std::ranges::find(made_.reports, candidate, &backend_report::backend);
    if (known != made_.reports.end()) return *known;
    made_.reports.push_back(try_out_(candidate));
    return made_.reports.back();
  }

  const bool strict_;
  const backend_trial& try_out_;
  selection made_;
  bool is_over_ = false;
  bool is_passed_over_ = false;
  std::string order_origin_;
};

}  // namespace

selection select_backend(const selection_sources& sources, bool strict,
                         const backend_trial& try_out) {
  selector search(strict, try_out);
  static_cast<void>(search.ask_option(sources.option) || search.ask_variable(sources.variable) ||
                    search.ask_file(sources.file_path, sources.file));
  return std::move(search).finish();
}

void update(selection& made, backend_report newer) {
  const auto known = std::ranges::find(made.reports, newer.backend, &backend_report::backend);
  if (known != made.reports.end())
    *known = std::move(newer);
  else
    made.reports.push_back(std::move(newer));
}

// ---- telling

namespace {

std::string line_of(const backend_report& report) {
  std::string line = "  " + std::string(to_string(report.backend));
  line += report.available ? ": available: " : ": not available: ";
  if (!report.failing_call.empty())
    line += report.failing_call + ": " + report.error.message() + ": ";
  return line + report.explanation + '\n';
}

}  // namespace

std::string describe(const selection& made) {
  const std::string runs = made.backend == backend::automatic
                               ? "none"
                               : std::string(to_string(made.backend));
  std::string text = runs + ": " + made.reason + '\n';
  for (const std::string& note : made.notes) text += "note: " + note + '\n';
  std::string available;
  for (const backend each : usual_order) {
    const auto report = std::ranges::find(made.reports, each, &backend_report::backend);
    if (report == made.reports.end()) {
      text += "  " + std::string(to_string(each)) + ": not tried\n";
      continue;
    }
    text += line_of(*report);
    if (!report->available) continue;
    available += available.empty() ? " " : ", ";
    available += to_string(each);
  }
  return text + "available:" + (available.empty() ? " none" : available) + '\n';
}

}  // namespace asiofile::detail
