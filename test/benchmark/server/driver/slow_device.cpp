// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "slow_device.hpp"

#include "served_files.hpp"

#include <chrono>
#include <cstddef>
#include <stdexcept>

namespace benchmark::server {

namespace {

constexpr std::size_t bytes = std::size_t{4} << 20;
constexpr auto shortest_read = std::chrono::milliseconds(200);

}  // namespace

void check_slow_device(const std::filesystem::path& folder) {
  const served_files file(folder, "speed", bytes, 1);
  file.drop_from_cache();
  const auto start = std::chrono::steady_clock::now();
  file.bring_into_cache();
  if (std::chrono::steady_clock::now() - start < shortest_read)
    throw std::runtime_error("reads are not slow in " + folder.string());
}

}  // namespace benchmark::server
