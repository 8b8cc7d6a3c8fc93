// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How a request is answered with a file: with which status, and which parts of the file. Decides,
// and does no I/O.

#include "byte_ranges.hpp"
#include "coarse_clock.hpp"
#include "open_file_cache.hpp"
#include "request.hpp"
#include "response_header.hpp"

#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace http_file_server {

struct file_answer {
  struct part {
    byte_range range;
    // What precedes it in an answer of several parts.
    std::string header;
  };

  boost::beast::http::status status{};
  std::vector<part> parts;
  // What follows the last part.
  std::string end;
};

// `answer` and `header`: set. `header`: the whole header of the answer.
void answer_with_file(const request& asked, const open_file& file, const coarse_clock& clock,
                      std::size_t ranges_max, persistence connection, file_answer& answer,
                      std::string& header);

}  // namespace http_file_server
