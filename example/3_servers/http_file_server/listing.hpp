// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The page that stands for a directory without an index.html.

#include <asiofile/directory_entry.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace http_file_server {

// `path`: the directory's, relative to the root; empty or with a slash at its end.
// `entries`: what to list, in any order.
// `is_complete`: false if the directory has more.
[[nodiscard]] std::string make_listing(std::string_view path,
                                       std::vector<asiofile::directory_entry> entries,
                                       bool is_complete);

}  // namespace http_file_server
