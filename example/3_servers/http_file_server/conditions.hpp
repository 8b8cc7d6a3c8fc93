// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Whether to answer a request with the file, depending on the version that the client already has:
// RFC 9110, section 13.

#include "request.hpp"

#include <asiofile/file_status.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace http_file_server {

// The validators by which a file is compared with the client's version.
struct validators {
  // A strong one, in double quotes.
  std::string_view entity_tag;
  std::chrono::sys_seconds last_modified;
};

enum class condition_outcome : std::uint8_t { proceed, not_modified, precondition_failed };

// The conditions of a GET or HEAD request, in the order of section 13.2.2. Invalid dates are
// ignored.
[[nodiscard]] condition_outcome evaluate_conditions(const request& asked, const validators& current,
                                                    std::chrono::sys_seconds now);

// Whether the request's Range field applies according to its If-Range field, if it has one.
[[nodiscard]] bool is_range_current(const request& asked, const validators& current,
                                    std::chrono::sys_seconds now);

// Made of the file's inode number, its size and the time of its last change in nanoseconds: a file
// that is replaced or written to gets another.
[[nodiscard]] std::string make_entity_tag(const asiofile::file_status& status);

}  // namespace http_file_server
