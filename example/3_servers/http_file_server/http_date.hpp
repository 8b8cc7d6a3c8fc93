// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Dates as HTTP has them: RFC 9110, section 5.6.7.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace http_file_server {

// "Sun, 06 Nov 1994 08:49:37 GMT". Years 0 to 9999.
void append_http_date(std::string& text, std::chrono::sys_seconds time);

// The form above, and the two obsolete ones: "Sunday, 06-Nov-94 08:49:37 GMT", whose year is the
// one that is at most 50 years after `now`, and "Sun Nov  6 08:49:37 1994". Nothing for any other.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                                      std::chrono::sys_seconds now);

// "06/Nov/1994:08:49:37 +0000", as in the common log format.
void append_log_date(std::string& text, std::chrono::sys_seconds time);

}  // namespace http_file_server
