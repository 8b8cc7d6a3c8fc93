// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <filesystem>

namespace benchmark::server {

// Throws where files in the folder, read from their device, come faster than from a slow disk: what
// is measured beside such downloads would show nothing.
void check_slow_device(const std::filesystem::path& folder);

}  // namespace benchmark::server
