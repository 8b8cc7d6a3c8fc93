// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The contenders that take part in a group.

#include "../worker/task.hpp"
#include "plan.hpp"

#include <vector>

namespace benchmark {

// Which of asiofile's completion tokens are measured besides a callback on each engine.
enum class tokens { callback, callback_and_coroutine, all };

// All contenders that can do `what`, whose contender, engine and token are to be filled in.
[[nodiscard]] std::vector<entrant> entrants_for(const task& what, tokens measured);

}  // namespace benchmark
