// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <string_view>

namespace http_file_server {

// The media type of a file, by the extension of its name.
[[nodiscard]] std::string_view content_type_of(std::string_view path);

}  // namespace http_file_server
