// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs a worker and reads its result.

#include "../worker/task.hpp"
#include "plan.hpp"

#include <boost/json/value.hpp>

#include <filesystem>

namespace benchmark {

// What the worker printed. Throws if it fails; it has then reported why on standard error.
[[nodiscard]] boost::json::value ask_worker(const std::filesystem::path& program, const task& what);

// `programs`: the folder with the workers. Throws.
[[nodiscard]] sample run_worker(const std::filesystem::path& programs, const entrant& who);

}  // namespace benchmark
