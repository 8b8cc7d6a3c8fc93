// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What the server needs to know about a request.

#include <boost/beast/http/verb.hpp>

#include <cstddef>
#include <string>

namespace http_file_server {

// Used for one request after the other, so that the strings' memory is allocated once. A field that
// a request has several times is one list (RFC 9110, section 5.3).
struct request {
  void clear() {
    for (std::string* each : {&method_text, &target, &range, &if_range, &if_match, &if_none_match,
                              &if_modified_since, &if_unmodified_since})
      each->clear();
    method = boost::beast::http::verb::unknown;
    version = 0;
    host_count = 0;
  }

  boost::beast::http::verb method{};
  std::string method_text;
  std::string target;
  // 10 and 11: HTTP/1.0 and HTTP/1.1.
  int version = 0;
  std::size_t host_count = 0;
  std::string range;
  std::string if_range;
  std::string if_match;
  std::string if_none_match;
  std::string if_modified_since;
  std::string if_unmodified_since;
};

}  // namespace http_file_server
