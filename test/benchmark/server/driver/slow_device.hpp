// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <filesystem>

namespace benchmark::server {

// Throws if files in the folder are read from their device faster than from a slow disk:
// measurements beside such downloads would show nothing.
void check_slow_device(const std::filesystem::path& folder);

}  // namespace benchmark::server
