// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Counts allocations by `new` that `delete` has not freed, in the whole program. Always 0 under a
// sanitizer, which checks this better.

#include <cstddef>

namespace verify {

std::ptrdiff_t live_allocations() noexcept;

}  // namespace verify
