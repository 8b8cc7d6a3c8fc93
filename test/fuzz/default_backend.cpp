// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// default_backend files compared with a simple parser, and the backends that they select.

#include "check.hpp"
#include "selection/default_backend_file.hpp"
#include "selection/selection.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using asiofile::backend;
using asiofile::backend_report;

std::vector<backend> expected_backends(const std::string& text) {
  static const std::map<std::string, backend> names{
      {"io_uring", backend::io_uring}, {"uring", backend::io_uring},
      {"libaio", backend::libaio},     {"linux", backend::libaio},
      {"threads", backend::threads},   {"thread", backend::threads},
      {"python", backend::threads},    {"automatic", backend::automatic}};
  std::vector<backend> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find('#'));
    const auto is_blank = [](char each) {
      return each == ' ' || each == '\t' || each == '\r' || each == '\v' || each == '\f';
    };
    while (!line.empty() && is_blank(line.back())) line.pop_back();
    while (!line.empty() && is_blank(line.front())) line.erase(line.begin());
    const auto named = names.find(line);
    if (named == names.end() || std::ranges::count(found, named->second) != 0) continue;
    found.push_back(named->second);
    if (named->second == backend::automatic) break;
  }
  return found;
}

// The first working backend of those that are asked for, then of the usual ones.
backend expected_selection(std::vector<backend> wanted, bool is_strict,
                           const std::vector<backend>& working) {
  const bool is_left_open =
      wanted.empty() || wanted.back() == backend::automatic || !is_strict;
  if (is_left_open)
    wanted.insert(wanted.end(), {backend::io_uring, backend::libaio, backend::threads});
  for (const backend each : wanted) {
    if (std::ranges::count(working, each) != 0) return each;
  }
  return backend::automatic;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::input in(bytes, size);
  const std::uint8_t choices = in.byte();
  const bool is_strict = (choices & 1) != 0;
  std::vector<backend> working;
  if ((choices & 2) != 0) working.push_back(backend::io_uring);
  if ((choices & 4) != 0) working.push_back(backend::libaio);
  if ((choices & 8) != 0) working.push_back(backend::threads);
  const std::string text(in.take_rest());

  const auto content = asiofile::detail::parse_default_backend(text);
  fuzz::require(content.backends == expected_backends(text), "the backends are those of the lines");
  for (const std::string& problem : content.problems) {
    const bool is_plain =
        std::ranges::all_of(problem, [](char each) { return each >= ' ' && each < 127; });
    fuzz::require(is_plain, "a message cannot do anything to a terminal");
  }

  std::vector<backend> tried;
  const auto try_out = [&](backend which) {
    tried.push_back(which);
    backend_report report;
    report.backend = which;
    report.available = std::ranges::count(working, which) != 0;
    if (!report.available) report.error.assign(ENOSYS, boost::system::system_category());
    return report;
  };
  asiofile::detail::selection_sources sources;
  sources.file_path = "a file";
  sources.file = [&] { return content; };
  const auto made = asiofile::detail::select_backend(sources, is_strict, try_out);
  fuzz::require(made.backend == expected_selection(content.backends, is_strict, working),
                "the first that works is selected");
  fuzz::require((made.error == 0) == (made.backend != backend::automatic),
                "where there is none, there is an error");
  std::ranges::sort(tried);
  fuzz::require(std::ranges::adjacent_find(tried) == tried.end(), "each is tried once at most");
  static_cast<void>(asiofile::detail::describe(made));
  return 0;
}
