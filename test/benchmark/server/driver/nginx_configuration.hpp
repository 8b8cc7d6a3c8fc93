// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "plan.hpp"

#include <cstdint>
#include <filesystem>

namespace benchmark::server {

// A configuration for nginx, which shares nothing with one that is installed as a service. Returns
// its path. `work`: a folder for this and for nginx's own files, which is made. Throws.
[[nodiscard]] std::filesystem::path write_nginx_configuration(contender who, unsigned threads,
                                                              const std::filesystem::path& root,
                                                              const std::filesystem::path& work,
                                                              std::uint16_t port);

}  // namespace benchmark::server
