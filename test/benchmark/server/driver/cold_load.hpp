// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Requests for cached files beside downloads of files that come from a slow device.

#include "plan.hpp"
#include "served_files.hpp"

#include <cstdint>

namespace benchmark::server {

// For the plan's duration: one download of each of the `cold` files, and requests for the `cached`
// ones at a steady rate. The sample has no processor time. Throws.
[[nodiscard]] sample run_cold_load(const plan& all, const served_files& cached,
                                   const served_files& cold, std::uint16_t port);

}  // namespace benchmark::server
