// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What is measured: groups of entrants that do the same work, and are compared with each other.

#include "../worker/task.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace benchmark {

struct settings;

// One measurement in one round.
struct sample {
  double operations_per_second = 0;
  double cpu_nanoseconds_per_operation = 0;
};

// One contender in one group.
struct entrant {
  // The name used in reports.
  std::string contender;
  std::string engine;
  std::string token;

  // The worker that runs it, and its task.
  std::string program;
  task what;

  // One for each round.
  std::vector<sample> samples;
};

// What is in the page cache before a group is measured.
enum class cache_state { all_in_cache, nothing_in_cache };

// The file that a group uses.
enum class data_kind {
  // Written with 4 KiB at a time: its pages are cached one by one.
  small_folios,
  // The same, but shorter.
  few_small_folios,
  // Written with 1 MiB at a time: file systems that can cache it in large pieces do.
  large_folios,
  // Small folios, on another file system.
  on_tmpfs,
  on_xfs,
  // Empty when a worker begins.
  empty
};

struct group {
  std::string workload;
  unsigned depth = 1;
  unsigned threads = 1;
  cache_state cache = cache_state::all_in_cache;
  data_kind data = data_kind::small_folios;
  std::vector<entrant> entrants;
};

struct plan {
  unsigned rounds = 0;
  std::vector<group> groups;
};

inline constexpr std::size_t small_folios_bytes = std::size_t{512} << 20;
inline constexpr std::size_t other_file_bytes = std::size_t{64} << 20;

// The paths in the tasks are left empty.
[[nodiscard]] plan make_plan(const settings& chosen);

}  // namespace benchmark
