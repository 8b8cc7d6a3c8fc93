// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The contenders of asiofile-benchmark-storage-worker that make records durable.

#include "../../worker/contender.hpp"
#include "../../worker/task.hpp"

#include <memory>

namespace benchmark::storage {

std::unique_ptr<contender> make_append_log(const task& what);
std::unique_ptr<contender> make_chains(const task& what);
std::unique_ptr<contender> make_batch_loop(const task& what);

}  // namespace benchmark::storage
