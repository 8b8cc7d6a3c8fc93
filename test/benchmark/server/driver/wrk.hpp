// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The load that wrk makes: connections that ask for the next file as soon as they have one.

#include "plan.hpp"
#include "settings.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace benchmark::server {

// Asks for the targets in turn, for the plan's duration. The sample has no processor time. `work`:
// a folder for wrk's script, which is made. Throws.
[[nodiscard]] sample run_wrk(const settings& chosen, const plan& all,
                             const std::vector<std::string>& targets, std::uint16_t port,
                             const std::filesystem::path& work);

}  // namespace benchmark::server
