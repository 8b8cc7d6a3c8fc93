// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "file_answer.hpp"

#include "conditions.hpp"

#include <cstdint>
#include <random>
#include <utility>

namespace http_file_server {

namespace {

using boost::beast::http::status;

// The boundary between the parts of an answer. It is random, so that no file can be made to contain
// it.
std::string make_boundary() {
  static thread_local std::mt19937_64 random{std::random_device()()};
  std::string boundary = "asiofile_";
  append_number(boundary, random());
  return boundary;
}

class answering {
 public:
  answering(const open_file& file, const coarse_clock& clock, persistence connection,
            file_answer& answer, std::string& header)
      : file_(file), clock_(clock), connection_(connection), answer_(answer), header_(header) {
    answer_.parts.clear();
    answer_.end.clear();
  }

  void whole() {
    response_header made = begin(status::ok);
    made.field("Content-Type", file_.content_type);
    made.field("Content-Length", file_.size);
    made.fields(file_.validator_fields);
    made.end();
    if (file_.size != 0) answer_.parts.push_back({.range = {0, file_.size}, .header = {}});
  }

  void part(const byte_range& range) {
    response_header made = begin(status::partial_content);
    made.field("Content-Type", file_.content_type);
    made.field("Content-Length", range.length);
    std::string content_range = "bytes ";
    append_content_range(content_range, range.offset, range.length, file_.size);
    made.field("Content-Range", content_range);
    made.fields(file_.validator_fields);
    made.end();
    answer_.parts.push_back({.range = range, .header = {}});
  }

  // RFC 9110, section 14.6.
  void several_parts(const std::vector<byte_range>& ranges) {
    const std::string boundary = make_boundary();
    std::uint64_t bytes = 0;
    for (const byte_range& range : ranges) {
      const std::string delimiter = (bytes == 0 ? "--" : "\r\n--") + boundary + "\r\n";
      file_answer::part made{.range = range, .header = delimiter};
      made.header += "Content-Type: ";
      made.header += file_.content_type;
      made.header += "\r\nContent-Range: bytes ";
      append_content_range(made.header, range.offset, range.length, file_.size);
      made.header += "\r\n\r\n";
      bytes += made.header.size() + range.length;
      answer_.parts.push_back(std::move(made));
    }
    answer_.end = "\r\n--" + boundary + "--\r\n";
    response_header made = begin(status::partial_content);
    made.field("Content-Type", "multipart/byteranges; boundary=" + boundary);
    made.field("Content-Length", bytes + answer_.end.size());
    made.fields(file_.validator_fields);
    made.end();
  }

  void unsatisfiable() {
    response_header made = begin(status::range_not_satisfiable);
    std::string range = "bytes */";
    append_number(range, file_.size);
    made.field("Content-Range", range);
    made.field("Content-Length", std::uint64_t{0});
    made.end();
  }

  void nothing(status why) {
    response_header made = begin(why);
    if (why != status::not_modified) made.field("Content-Length", std::uint64_t{0});
    made.fields(file_.validator_fields);
    made.end();
  }

 private:
  response_header begin(status chosen) {
    answer_.status = chosen;
    return {header_, chosen, clock_.http_date(), connection_};
  }

  const open_file& file_;
  const coarse_clock& clock_;
  const persistence connection_;
  file_answer& answer_;
  std::string& header_;
};

}  // namespace

void answer_with_file(const request& asked, const open_file& file, const coarse_clock& clock,
                      std::size_t ranges_max, persistence connection, file_answer& answer,
                      std::string& header) {
  answering making(file, clock, connection, answer, header);
  const validators current{.entity_tag = file.entity_tag, .last_modified = file.last_modified};
  switch (evaluate_conditions(asked, current, clock.seconds())) {
    case condition_outcome::not_modified: return making.nothing(status::not_modified);
    case condition_outcome::precondition_failed: return making.nothing(status::precondition_failed);
    case condition_outcome::proceed: break;
  }
  // For HEAD, the field has no meaning (RFC 9110, section 14.2).
  if (asked.range.empty() || asked.method != boost::beast::http::verb::get ||
      !is_range_current(asked, current, clock.seconds()))
    return making.whole();
  std::vector<byte_range> ranges;
  switch (parse_ranges(asked.range, file.size, ranges_max, ranges)) {
    case range_outcome::whole: return making.whole();
    case range_outcome::unsatisfiable: return making.unsatisfiable();
    case range_outcome::partial: break;
  }
  if (ranges.size() == 1) return making.part(ranges.front());
  making.several_parts(ranges);
}

}  // namespace http_file_server
