// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a crash leaves of a sequence of steps in memory.

#include "crash_promises.hpp"
#include "crash_steps.hpp"

#include <asiofile/testing/file_system.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace crash_steps {

// `noted`, if not null, records the steps.
inline state left_in_memory(const std::vector<step>& steps, std::uint64_t seed,
                            asiofile::testing::names_in_crash kept, promises* noted = nullptr) {
  asiofile::testing::file_system files({.seed = seed, .names = kept});
  for (const auto& [path, content] : first_files()) files.write_file("/root/" + path, content);
  asio::io_context context;
  files.attach(context);
  {
    runner program(context, "/root", false);
    for (const step& each : steps) {
      if (program.run(each) && noted != nullptr) noted->note(each);
    }
  }
  files.crash();
  files.restart();
  return runner(context, "/root", false).look();
}

inline std::string describe(const std::vector<step>& steps) {
  std::string all;
  for (const step& each : steps) all += "  " + describe(each) + '\n';
  return all;
}

}  // namespace crash_steps
