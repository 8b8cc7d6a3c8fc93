// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Counts what `new` has given and `delete` has not taken back, in the whole program. Under a
// sanitizer, which has a better account of its own, always 0.

#include <cstddef>

namespace verify {

std::ptrdiff_t live_allocations() noexcept;

}  // namespace verify
