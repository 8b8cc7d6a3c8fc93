// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs a worker and takes its answer.

#include "../worker/task.hpp"
#include "plan.hpp"

#include <boost/json/value.hpp>

#include <filesystem>

namespace benchmark {

// What the worker printed. Throws where it fails; it has then said why on standard error.
[[nodiscard]] boost::json::value ask_worker(const std::filesystem::path& program, const task& what);

// `programs`: the folder with the workers. Throws.
[[nodiscard]] sample run_worker(const std::filesystem::path& programs, const entrant& who);

}  // namespace benchmark
