// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The parts of a file that a request asks for: RFC 9110, section 14.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace http_file_server {

struct byte_range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

enum class range_outcome : std::uint8_t {
  whole,         // the field is ignored: the answer is the whole file
  partial,       // the answer is `ranges`
  unsatisfiable  // all of them begin behind the end
};

// Reads a Range field.
//
// `size`: of the file, in bytes. `ranges_max`: if there are more ranges, or they are larger than
// the file together, the field is ignored, as the RFC suggests: clients have attacked servers that
// way. A field in units other than bytes is ignored, too, and one that breaks the grammar.
// `ranges`: those that begin in the file, in the order of the field, cut at its end.
[[nodiscard]] range_outcome parse_ranges(std::string_view field, std::uint64_t size,
                                         std::size_t ranges_max, std::vector<byte_range>& ranges);

}  // namespace http_file_server
