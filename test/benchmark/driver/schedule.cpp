// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "schedule.hpp"

#include "data_file.hpp"
#include "progress.hpp"
#include "results.hpp"
#include "worker_process.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace benchmark {

namespace {

// Made when they are first needed.
class data_files {
 public:
  explicit data_files(const settings& chosen) : chosen_(chosen) {}

  const data_file& get(data_kind kind) {
    auto& file = files_[kind];
    if (!file) file = make(kind);
    return *file;
  }

 private:
  [[nodiscard]] std::unique_ptr<data_file> make(data_kind kind) const {
    switch (kind) {
      case data_kind::few_small_folios:
        return std::make_unique<data_file>(chosen_.directory, other_file_bytes, 4096);
      case data_kind::empty: return std::make_unique<data_file>(chosen_.directory, 0, 4096);
      case data_kind::large_folios:
        return std::make_unique<data_file>(chosen_.directory, other_file_bytes,
                                           std::size_t{1} << 20);
      case data_kind::on_tmpfs:
        return std::make_unique<data_file>(chosen_.tmpfs_directory, other_file_bytes, 4096);
      case data_kind::on_xfs:
        return std::make_unique<data_file>(chosen_.xfs_directory, other_file_bytes, 4096);
      case data_kind::small_folios: break;
    }
    return std::make_unique<data_file>(chosen_.directory, small_folios_bytes, 4096);
  }

  const settings& chosen_;
  std::map<data_kind, std::unique_ptr<data_file>> files_;
};

void run_round(group& where, const data_file& file, std::size_t round,
               const std::filesystem::path& programs, progress_bar& bar) {
  for (std::size_t turn = 0; turn != where.entrants.size(); ++turn) {
    entrant& who = where.entrants[(round + turn) % where.entrants.size()];
    if (where.data == data_kind::empty) file.empty();
    who.samples.push_back(run_worker(programs, who));
    bar.advance(where.workload + ", depth " + std::to_string(where.depth));
  }
}

}  // namespace

void run_plan(plan& all, const settings& chosen, const std::filesystem::path& programs,
              const std::function<void(const group&)>& measured) {
  data_files files(chosen);
  std::optional<progress_bar> bar(count_measurements(all));
  for (group& each : all.groups) {
    const data_file& file = files.get(each.data);
    file.prepare(each.cache);
    for (entrant& who : each.entrants) who.what.path = file.path().string();
    for (std::size_t round = 0; round != all.rounds; ++round)
      run_round(each, file, round, programs, *bar);
    measured(each);
  }
}

}  // namespace benchmark
