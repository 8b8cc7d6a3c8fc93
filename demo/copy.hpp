// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The demo's main job: copying one file through one engine, and measuring it.

#include "temporary_file.hpp"

#include <asiofile/backend.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace demo {

struct copy_plan {
  asiofile::backend engine = asiofile::backend::automatic;
  std::filesystem::path source;
  std::size_t block_bytes = 0;
  // How many reads and writes may be in flight.
  std::size_t depth = 0;
};

// Measured from the first read to the end of the final sync_data.
struct copy_result {
  std::uint64_t bytes = 0;
  // Reads, writes and the sync_data.
  std::uint64_t operations = 0;
  std::size_t in_flight_max = 0;
  double seconds = 0;
  // User and system time of all threads of the process, the kernel's workers for it included.
  double cpu_seconds = 0;
};

// Makes `target` a durable copy of the source. Throws std::runtime_error, naming the file and the
// call, or saying that another engine ran than the one asked for.
copy_result copy_file(const copy_plan& plan, temporary_file& target);

}  // namespace demo
