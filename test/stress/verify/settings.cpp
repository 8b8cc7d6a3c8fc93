// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "settings.hpp"

#include <asiofile/probe.hpp>

#include <boost/program_options.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

namespace options = boost::program_options;

namespace verify {

namespace {

constexpr int exit_skipped = 77;  // SKIP_RETURN_CODE in test/CMakeLists.txt

std::string default_directory() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : ".";
}

std::uint64_t new_seed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 16 ^ device();
}

options::options_description describe(settings& chosen, std::string& backend,
                                      std::int64_t& seconds) {
  options::options_description all("asiofile_verify: random work on files, every block checked");
  auto add = all.add_options();
  add("help", "print this");
  add("seed", options::value(&chosen.seed), "repeat the plan of an earlier run");
  add("seconds", options::value(&seconds)->default_value(20), "how long");
  add("backend", options::value(&backend)->default_value("all"),
      "io_uring, libaio, threads, or all of them at once");
  add("directory", options::value(&chosen.directory)->default_value(default_directory()),
      "where to make the files");
  add("contexts", options::value(&chosen.contexts)->default_value(2), "how many io_contexts");
  add("threads", options::value(&chosen.threads_per_context)->default_value(2),
      "threads that run each context");
  add("files", options::value(&chosen.files_per_context)->default_value(6),
      "users of files in each context");
  add("blocks", options::value(&chosen.blocks_per_file)->default_value(256),
      "blocks of 4 KiB in each file, 64 up");
  add("cycle", options::value(&chosen.only_cycle)->default_value(0),
      "only this cycle of the run, counted from 1");
  return all;
}

// The named backends that work here; reports those that do not.
std::vector<asiofile::backend> find_backends(const std::string& named) {
  std::vector<asiofile::backend> found;
  const auto wanted = asiofile::parse_backend(named);
  for (const auto& report : asiofile::probe()) {
    if (named != "all" && report.backend != wanted) continue;
    if (report.available)
      found.push_back(report.backend);
    else
      std::cout << asiofile::to_string(report.backend) << " is not available: "
                << report.explanation << '\n';
  }
  return found;
}

bool are_in_range(const settings& chosen, std::int64_t seconds) {
  return seconds >= 1 && chosen.contexts >= 1 && chosen.threads_per_context >= 1 &&
         chosen.files_per_context >= 1 && chosen.blocks_per_file >= 64 &&
         chosen.blocks_per_file <= 1U << 20;
}

}  // namespace

settings_or_exit read_settings(int argument_count, const char* const* arguments) {
  settings_or_exit result;
  settings& chosen = result.settings;
  std::string backend;
  std::int64_t seconds = 0;
  const auto all = describe(chosen, backend, seconds);
  options::variables_map values;
  try {
    options::store(options::parse_command_line(argument_count, arguments, all), values);
    options::notify(values);
  } catch (const options::error& wrong) {
    std::cerr << wrong.what() << '\n' << all;
    result.exit_code = EXIT_FAILURE;
    return result;
  }
  if (values.count("help") != 0) {
    std::cout << all;
    result.exit_code = EXIT_SUCCESS;
    return result;
  }
  if (!are_in_range(chosen, seconds) || (backend != "all" && !asiofile::parse_backend(backend))) {
    std::cerr << "an option is out of range\n" << all;
    result.exit_code = EXIT_FAILURE;
    return result;
  }
  chosen.duration = std::chrono::seconds(seconds);
  if (values.count("seed") == 0) chosen.seed = new_seed();
  chosen.backends = find_backends(backend);
  if (chosen.backends.empty()) {
    std::cout << "skipped: " << backend << " does not work here\n";
    result.exit_code = exit_skipped;
  }
  return result;
}

}  // namespace verify
