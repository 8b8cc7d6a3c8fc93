// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <optional>

namespace http_file_server {

// How many bytes the peer of a TCP connection has acknowledged, of all that were sent on it.
// Nothing if the system does not report it.
[[nodiscard]] std::optional<std::uint64_t> acknowledged_bytes(int socket);

}  // namespace http_file_server
