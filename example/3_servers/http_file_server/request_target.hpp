// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Conversion between request targets and paths beneath the root.

#include <string>
#include <string_view>

namespace http_file_server {

// Finds the path that a request's target stands for (RFC 9112, section 3.2; RFC 3986): percent
// escapes decoded, "." and ".." resolved, slashes in a row as one, without the query.
//
// `path`: relative to the root, which is empty; one that names a directory ends in a slash.
// Returns false for a target that is neither a path nor an http URL, and for one with a bad escape
// or a zero byte, or that goes above the root.
[[nodiscard]] bool decode_target(std::string_view target, std::string& path);

// Appends a path escaped for a URL, except slashes.
void append_percent_encoded(std::string& text, std::string_view path);

// Appends text escaped for an HTML document.
void append_html_escaped(std::string& text, std::string_view raw);

}  // namespace http_file_server
