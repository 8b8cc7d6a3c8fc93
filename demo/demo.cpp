// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Copies a file through each engine that this machine offers, in turn and several times, with many
// reads and writes in flight, verifies the copies and prints one table of medians. See --help.

#include "command_line.hpp"
#include "copy.hpp"
#include "digest.hpp"
#include "interruption.hpp"
#include "report.hpp"
#include "temporary_file.hpp"

#include <asiofile/asiofile.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace demo {

namespace {

// The file to be copied; made, and removed at the end, if the user named none.
class source_file {
 public:
  explicit source_file(const settings& chosen) : path_(chosen.source) {
    if (!path_.empty()) {
      check();
      return;
    }
    made_.emplace(chosen.directory, "source");
    path_ = made_->path();
    fill_with_random_bytes(*made_, chosen.made_bytes);
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  void check() const {
    std::error_code ec;
    const auto status = std::filesystem::status(path_, ec);
    if (!std::filesystem::status_known(status) || !std::filesystem::exists(status))
      throw std::runtime_error(path_.string() + ": " + ec.message());
    if (std::filesystem::is_directory(status))
      throw std::runtime_error(path_.string() + " is a directory");
    if (!std::filesystem::is_regular_file(status))
      throw std::runtime_error(path_.string() + " is not a regular file");
  }

  std::filesystem::path path_;
  std::optional<temporary_file> made_;
};

// Files of /proc report size 0 although they are not empty: they cannot be copied by offsets.
void check_size(const std::filesystem::path& path, const file_digest& digest) {
  const std::uint64_t bytes = std::filesystem::file_size(path);
  if (bytes == digest.bytes) return;
  throw std::runtime_error(path.string() + " says that it has " + std::to_string(bytes) +
                           " bytes, but " + std::to_string(digest.bytes) + " could be read");
}

// Throws std::runtime_error if the copy differs.
copy_result copy_and_verify(const settings& chosen, asiofile::backend engine,
                            const std::filesystem::path& source, const file_digest& expected) {
  temporary_file target(chosen.directory, std::string(asiofile::to_string(engine)));
  const copy_result result = copy_file({engine, source, chosen.block_bytes, chosen.depth}, target);
  const file_digest digest = digest_of(target.path());
  if (digest.bytes != expected.bytes) {
    throw std::runtime_error("the copy has " + std::to_string(digest.bytes) + " bytes, the file " +
                             std::to_string(expected.bytes));
  }
  if (digest != expected) {
    throw std::runtime_error("the copy's digest is " + to_string(digest) +
                             ": not that of the file, or the file has changed meanwhile");
  }
  return result;
}

// The time of a single pass over a cached file depends on what else the machine does at that
// moment: it may be several times as long for one engine as for another for no reason of its own.
std::size_t rounds_for(const settings& chosen, std::uint64_t bytes) {
  constexpr std::uint64_t by_default = 5;
  constexpr std::uint64_t copied_bytes_max = by_default << 30;
  if (chosen.rounds != 0) return chosen.rounds;
  return std::clamp<std::uint64_t>(copied_bytes_max / std::max<std::uint64_t>(bytes, 1), 1,
                                   by_default);
}

void copy_once(const settings& chosen, engine_run& run, const source_file& source,
               const file_digest& digest) {
  try {
    run.results.push_back(copy_and_verify(chosen, run.engine, source.path(), digest));
  } catch (const std::exception& error) {
    throw_if_interrupted();
    run.problem = error.what();
  }
}

// The engines alternate, a different one first in each round, so that other load on the machine,
// and what one engine leaves to the next, affects all of them.
std::vector<engine_run> run_engines(const settings& chosen, std::size_t rounds,
                                    const std::vector<asiofile::backend_report>& reports,
                                    const source_file& source, const file_digest& digest) {
  std::vector<engine_run> runs;
  for (const asiofile::backend_report& report : reports) {
    if (report.available) runs.push_back({report.backend, {}, {}});
  }
  for (std::size_t round = 0; round != rounds; ++round) {
    for (std::size_t turn = 0; turn != runs.size(); ++turn) {
      throw_if_interrupted();
      engine_run& run = runs[(round + turn) % runs.size()];
      if (run.problem.empty()) copy_once(chosen, run, source, digest);
    }
  }
  return runs;
}

bool run(const settings& chosen) {
  if (!std::filesystem::is_directory(chosen.directory))
    throw std::runtime_error(chosen.directory.string() + " is not a directory");
  watch_for_interruption();
  const source_file source(chosen);
  const file_digest digest = digest_of(source.path());
  check_size(source.path(), digest);
  const std::size_t rounds = rounds_for(chosen, digest.bytes);
  print_header(std::cout, chosen, rounds, source.path(), digest);

  const auto reports = asiofile::probe();
  const auto runs = run_engines(chosen, rounds, reports, source, digest);
  print_table(std::cout, runs, chosen.depth);
  print_notes(std::cout, runs);
  print_unavailable(std::cout, reports);
  print_failures(std::cerr, runs);
  if (runs.empty()) throw std::runtime_error("no engine works on this machine");
  return std::all_of(runs.begin(), runs.end(),
                     [](const engine_run& each) { return each.problem.empty(); });
}

}  // namespace

}  // namespace demo

int main(int argc, char** argv) {
  try {
    const auto chosen = demo::parse_command_line(argc, argv);
    if (!chosen) return 0;
    return demo::run(*chosen) ? 0 : 1;
  } catch (const demo::usage_error& error) {
    std::cerr << "asiofile-demo: " << error.what() << " (see --help)\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "asiofile-demo: " << error.what() << '\n';
    return 1;
  }
}
