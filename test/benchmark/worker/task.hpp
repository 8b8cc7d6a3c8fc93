// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What one worker is to measure. The driver passes it as arguments, which the worker parses.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace benchmark {

enum class transfer { read, write };

// How a write is made durable: not at all, by fdatasync(2) after it, or by itself: by O_DSYNC of the
// file, or by the same for the one write, RWF_DSYNC.
enum class durability { none, fdatasync, dsync, rwf_dsync };

struct task {
  // Who: see `make_contender` of the worker's program.
  std::string contender;
  std::string engine;
  std::string token;
  bool file_per_operation = false;

  // What.
  std::string path;
  transfer kind = transfer::read;
  durability durable = durability::none;
  bool direct = false;
  bool sequential = false;
  std::size_t block_bytes = 4096;
  // Transfers stay in this many bytes at the beginning of the file.
  std::uint64_t region_bytes = 0;

  // How many at a time, for each context; threads in total.
  unsigned depth = 1;
  unsigned threads = 1;
  bool context_per_thread = false;
  // Threads that make blocking calls, for contenders with such threads.
  unsigned pool_threads = 2;

  unsigned warm_up_milliseconds = 10;
  unsigned milliseconds = 50;
};

[[nodiscard]] std::vector<std::string> to_arguments(const task& given);

// Ends the program with a message if an argument is none of the above.
[[nodiscard]] task parse_arguments(int argc, const char* const* argv);

}  // namespace benchmark
