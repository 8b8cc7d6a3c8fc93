// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A parser based on Beast's, which allocates nothing by itself.

#include "request.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/optional.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace http_file_server {

// Parses the header of one request into `found`. The body, if there is one, is left alone.
class request_parser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit request_parser(request& found) : found_(found) {
    found.clear();
    body_limit(boost::none);
    // The connection has a limit of its own.
    header_limit(std::numeric_limits<std::uint32_t>::max());
  }

  [[nodiscard]] bool has_body() const {
    return has_coding_ || content_length().value_or(std::uint64_t{0}) != 0;
  }
  // The end of the body cannot be determined (RFC 9112, section 6.3).
  [[nodiscard]] bool has_endless_body() const { return has_coding_ && !chunked(); }

 private:
  using error_code = boost::system::error_code;
  using string_view = boost::beast::string_view;
  using field = boost::beast::http::field;

  // None of these has `override`, because not every version of Boost has all of them.
  void on_request_impl(boost::beast::http::verb method, string_view method_text, string_view target,
                       int version, error_code&) {
    found_.method = method;
    found_.method_text.assign(method_text.data(), method_text.size());
    found_.target.assign(target.data(), target.size());
    found_.version = version;
  }

  void on_field_impl(field name, string_view, string_view value, error_code&) {
    switch (name) {
      case field::host: ++found_.host_count; break;
      case field::transfer_encoding: has_coding_ = true; break;
      case field::range: append(found_.range, value); break;
      case field::if_range: append(found_.if_range, value); break;
      case field::if_match: append(found_.if_match, value); break;
      case field::if_none_match: append(found_.if_none_match, value); break;
      case field::if_modified_since: append(found_.if_modified_since, value); break;
      case field::if_unmodified_since: append(found_.if_unmodified_since, value); break;
      default: break;
    }
  }

  static void append(std::string& list, string_view value) {
    if (!list.empty()) list += ", ";
    list.append(value.data(), value.size());
  }

  void on_header_impl(error_code&) {}
  void on_response_impl(int, string_view, int, error_code&) {}
  void on_trailer_field_impl(field, string_view, string_view, error_code&) {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) {}
  std::size_t on_body_impl(string_view body, error_code&) { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) {
    return body.size();
  }
  void on_finish_impl(error_code&) {}

  request& found_;
  bool has_coding_ = false;
};

}  // namespace http_file_server
