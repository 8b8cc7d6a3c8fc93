// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The parts of example/3_servers/http_file_server that decide and do no I/O: targets, ranges,
// conditions, dates, listings.

#include "byte_ranges.hpp"
#include "conditions.hpp"
#include "content_types.hpp"
#include "field_lists.hpp"
#include "http_date.hpp"
#include "listing.hpp"
#include "request_target.hpp"
#include "response_header.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace http_file_server;
using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

const sys_seconds the_example = sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;
const sys_seconds now = sys_days(std::chrono::year(2026) / 11 / 28) + 12h;

std::optional<std::string> decoded(std::string_view target) {
  std::string path;
  if (!decode_target(target, path)) return std::nullopt;
  return path;
}

std::string ranges_of(std::string_view field, std::uint64_t size, std::size_t ranges_max = 10) {
  std::vector<byte_range> ranges;
  switch (parse_ranges(field, size, ranges_max, ranges)) {
    case range_outcome::whole: return "whole";
    case range_outcome::unsatisfiable: return "unsatisfiable";
    case range_outcome::partial: break;
  }
  std::string text;
  for (const byte_range& each : ranges)
    text +=
        (text.empty() ? "" : " ") + std::to_string(each.offset) + "+" + std::to_string(each.length);
  return text;
}

const validators file = {.entity_tag = "\"tag\"", .last_modified = the_example};

condition_outcome outcome_of(std::string request::*field, std::string value) {
  request asked;
  asked.*field = std::move(value);
  return evaluate_conditions(asked, file, now);
}

bool lets_range_count(std::string if_range, sys_seconds at = now) {
  request asked;
  asked.if_range = std::move(if_range);
  return is_range_current(asked, file, at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_targets)

BOOST_AUTO_TEST_CASE(a_path_is_decoded_and_relative_to_the_root) {
  for (const auto& [target, path] :
       std::vector<std::pair<std::string, std::string>>{{"/", ""},
                                                        {"/a", "a"},
                                                        {"/a/", "a/"},
                                                        {"/a/b.txt?x=/../..", "a/b.txt"},
                                                        {"/a%20b%2Fc", "a b/c"},
                                                        {"/%C3%A9", "\xC3\xA9"},
                                                        {"//a///b//", "a/b/"},
                                                        {"/./a/./b/.", "a/b/"},
                                                        {"/a/../b", "b"},
                                                        {"/a/b/..", "a/"},
                                                        {"/a/..", ""},
                                                        {"/a/%2e%2E/b", "b"},
                                                        {"/...", "..."},
                                                        {"/.hidden", ".hidden"},
                                                        {"/a..", "a.."},
                                                        {"/a+b", "a+b"},
                                                        {"http://host:80/a/b", "a/b"},
                                                        {"HTTP://host", ""},
                                                        {"http://host?x", ""}}) {
    BOOST_TEST_CONTEXT(target) { BOOST_TEST((decoded(target) == path)); }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_path_or_goes_above_the_root_is_refused) {
  for (const std::string target :
       {"", "a", "*", "?", "/..", "/../a", "/a/../..", "/%2e%2e", "/..%2fa", "/%", "/%4", "/%zz",
        "/%4g", "/a%00b", "ftp://host/a", "host:80"}) {
    BOOST_TEST_CONTEXT(target) { BOOST_TEST(!decoded(target).has_value()); }
  }
}

BOOST_AUTO_TEST_CASE(every_byte_of_a_name_survives_a_url) {
  std::string name;
  for (int c = 1; c != 256; ++c)
    if (c != '/') name += static_cast<char>(c);
  std::string url = "/x";
  append_percent_encoded(url, name);
  BOOST_TEST((decoded(url) == "x" + name));
  BOOST_TEST(url.find_first_of(" \"<>?#&'") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ranges_of_bytes)

BOOST_AUTO_TEST_CASE(ranges_are_cut_at_the_end_of_the_file) {
  for (const auto& [field, expected] :
       std::vector<std::pair<std::string, std::string>>{{"bytes=0-0", "0+1"},
                                                        {"bytes=2-4", "2+3"},
                                                        {"Bytes=9-", "9+1"},
                                                        {"bytes=0-", "0+10"},
                                                        {"bytes=5-100", "5+5"},
                                                        {"bytes=-3", "7+3"},
                                                        {"bytes=-100", "0+10"},
                                                        {"bytes=0-18446744073709551615", "0+10"},
                                                        {"bytes=0-99999999999999999999999", "0+10"},
                                                        {"bytes=-99999999999999999999999", "0+10"},
                                                        {"bytes=0-1,4-5", "0+2 4+2"},
                                                        {"bytes= 8-8 , ,\t1-1,", "8+1 1+1"},
                                                        {"bytes=0-0,10-,-1", "0+1 9+1"}}) {
    BOOST_TEST_CONTEXT(field) { BOOST_TEST(ranges_of(field, 10) == expected); }
  }
}

BOOST_AUTO_TEST_CASE(ranges_behind_the_end_cannot_be_satisfied) {
  for (const std::string field : {"bytes=10-", "bytes=10-20", "bytes=-0",
                                  "bytes=99999999999999999999999-", "bytes=11-,12-"}) {
    BOOST_TEST_CONTEXT(field) { BOOST_TEST(ranges_of(field, 10) == "unsatisfiable"); }
  }
  BOOST_TEST(ranges_of("bytes=0-", 0) == "unsatisfiable");
  BOOST_TEST(ranges_of("bytes=-1", 0) == "unsatisfiable");
}

BOOST_AUTO_TEST_CASE(what_breaks_the_grammar_is_ignored) {
  for (const std::string field : {"", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-",
                                  "bytes=1", "bytes=4-3", "bytes=+1-2", "bytes=1 -2", "bytes=1-2-3",
                                  "bytes=0x1-2", "lines=0-1", "bytes=0-1,x", "bytes=--1"}) {
    BOOST_TEST_CONTEXT(field) { BOOST_TEST(ranges_of(field, 10) == "whole"); }
  }
}

BOOST_AUTO_TEST_CASE(too_many_ranges_or_more_than_the_file_are_ignored) {
  BOOST_TEST(ranges_of("bytes=0-0,1-1,2-2", 10, 3) == "0+1 1+1 2+1");
  BOOST_TEST(ranges_of("bytes=0-0,1-1,2-2,3-3", 10, 3) == "whole");
  // Ranges behind the end are work, too.
  BOOST_TEST(ranges_of("bytes=0-0,20-,20-,20-", 10, 3) == "whole");
  BOOST_TEST(ranges_of("bytes=0-4,0-4", 10) == "0+5 0+5");
  BOOST_TEST(ranges_of("bytes=0-,0-0", 10) == "whole");
  // Their sum has more than 64 bits.
  BOOST_TEST(ranges_of("bytes=0-,0-,0-", ~std::uint64_t{0} / 2 + 10) == "whole");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_AUTO_TEST_CASE(entity_tags_and_dates_decide) {
  using enum condition_outcome;
  const std::string same = "Sun, 06 Nov 1994 08:49:37 GMT";
  const std::string earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
  for (const auto& [field, value, expected] :
       std::vector<std::tuple<std::string request::*, std::string, condition_outcome>>{
           {&request::if_match, "\"tag\"", proceed},
           {&request::if_match, "*", proceed},
           {&request::if_match, "\"x\", \"tag\"", proceed},
           {&request::if_match, "W/\"tag\"", precondition_failed},
           {&request::if_match, "\"x\"", precondition_failed},
           {&request::if_match, "\"x,\"tag\"", precondition_failed},
           {&request::if_none_match, "\"tag\"", not_modified},
           {&request::if_none_match, "W/\"tag\"", not_modified},
           {&request::if_none_match, "\"a, b\" , \"tag\"", not_modified},
           {&request::if_none_match, "*", not_modified},
           {&request::if_none_match, "\"x\"", proceed},
           {&request::if_none_match, "tag", proceed},
           {&request::if_modified_since, same, not_modified},
           {&request::if_modified_since, earlier, proceed},
           {&request::if_modified_since, "never", proceed},
           {&request::if_unmodified_since, same, proceed},
           {&request::if_unmodified_since, earlier, precondition_failed},
           {&request::if_unmodified_since, "never", proceed}}) {
    BOOST_TEST_CONTEXT(value) { BOOST_TEST((outcome_of(field, value) == expected)); }
  }
}

BOOST_AUTO_TEST_CASE(an_entity_tag_counts_and_the_date_beside_it_does_not) {
  request asked;
  asked.if_none_match = "\"x\"";
  asked.if_modified_since = "Sun, 06 Nov 1994 08:49:37 GMT";
  BOOST_TEST((evaluate_conditions(asked, file, now) == condition_outcome::proceed));
  asked.if_match = "\"tag\"";
  asked.if_unmodified_since = "Sun, 06 Nov 1994 08:49:36 GMT";
  BOOST_TEST((evaluate_conditions(asked, file, now) == condition_outcome::proceed));
  asked.if_match = "\"x\"";
  asked.if_none_match = "\"tag\"";
  BOOST_TEST((evaluate_conditions(asked, file, now) == condition_outcome::precondition_failed));
}

BOOST_AUTO_TEST_CASE(a_range_counts_for_the_file_that_the_client_has) {
  BOOST_TEST(lets_range_count(""));
  BOOST_TEST(lets_range_count("\"tag\""));
  BOOST_TEST(!lets_range_count("\"x\""));
  BOOST_TEST(!lets_range_count("W/\"tag\""));
  BOOST_TEST(lets_range_count("Sun, 06 Nov 1994 08:49:37 GMT"));
  BOOST_TEST(!lets_range_count("Sun, 06 Nov 1994 08:49:38 GMT"));
  // It may have changed once more within that second.
  BOOST_TEST(!lets_range_count("Sun, 06 Nov 1994 08:49:37 GMT", the_example));
}

BOOST_AUTO_TEST_CASE(another_file_size_or_nanosecond_is_another_entity_tag) {
  asiofile::file_status status;
  status.inode = 1;
  status.size = 2;
  status.modification_time = asiofile::file_time(3ns);
  BOOST_TEST(make_entity_tag(status) == "\"1-2-3\"");
  status.modification_time = asiofile::file_time(-1ns);
  BOOST_TEST(make_entity_tag(status) == "\"1-2-ffffffffffffffff\"");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dates)

BOOST_AUTO_TEST_CASE(the_three_forms_are_understood) {
  for (const std::string text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994"})
    BOOST_TEST((parse_http_date(text, now) == the_example), text);
  std::string text;
  append_http_date(text, the_example);
  BOOST_TEST(text == "Sun, 06 Nov 1994 08:49:37 GMT");
  text.clear();
  append_log_date(text, the_example);
  BOOST_TEST(text == "06/Nov/1994:08:49:37 +0000");
}

BOOST_AUTO_TEST_CASE(two_digits_are_a_year_of_at_most_50_years_to_come) {
  const auto year_of = [](std::string_view text) {
    return int(std::chrono::year_month_day(
                   std::chrono::floor<std::chrono::days>(*parse_http_date(text, now)))
                   .year());
  };
  BOOST_TEST(year_of("Sunday, 06-Nov-76 08:49:37 GMT") == 2076);
  BOOST_TEST(year_of("Sunday, 06-Nov-77 08:49:37 GMT") == 1977);
  BOOST_TEST(year_of("Sunday, 06-Nov-26 08:49:37 GMT") == 2026);
}

BOOST_AUTO_TEST_CASE(every_day_is_written_as_it_is_read) {
  for (sys_seconds time = sys_days(std::chrono::year(1900) / 1 / 1); time < now; time += 37h + 1s) {
    std::string text;
    append_http_date(text, time);
    if (parse_http_date(text, now) != time) BOOST_TEST(text == "");
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_date_is_none) {
  for (const std::string text :
       {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 NOV 1994 08:49:37 GMT", "784111777",
        "Sun, 06 Nov -994 08:49:37 GMT"})
    BOOST_TEST(!parse_http_date(text, now).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(a_listing_escapes_names_and_has_directories_first) {
  using asiofile::file_type;
  const std::string page = make_listing(
      "a&b/",
      {{.name = "z\"<>", .type = file_type::regular}, {.name = "d", .type = file_type::directory}},
      true);
  const auto directory = page.find("<a href=\"./d/\">d/</a>");
  const auto other = page.find("<a href=\"./z%22%3C%3E\">z&quot;&lt;&gt;</a>");
  BOOST_TEST(directory != std::string::npos);
  BOOST_TEST(other != std::string::npos);
  BOOST_TEST(directory < other);
  BOOST_TEST(page.find("Index of /a&amp;b/") != std::string::npos);
  BOOST_TEST(page.find("<a href=\"../\">") != std::string::npos);
  BOOST_TEST(page.find("more names") == std::string::npos);
  const std::string root = make_listing("", {}, false);
  BOOST_TEST(root.find("<a href=\"../\">") == std::string::npos);
  BOOST_TEST(root.find("more names") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_header_says_what_it_is_given) {
  std::string text = "left over";
  response_header header(text, boost::beast::http::status::ok, "today", persistence::closed);
  header.field("A", "b");
  header.field("C", std::uint64_t{18446744073709551615U});
  header.end();
  BOOST_TEST(text ==
             "HTTP/1.1 200 OK\r\nServer: asiofile\r\nDate: today\r\nConnection: close\r\nA: b\r\n"
             "C: 18446744073709551615\r\n\r\n");
  std::string range;
  append_content_range(range, 5, 10, 100);
  BOOST_TEST(range == "5-14/100");
}

BOOST_AUTO_TEST_CASE(a_name_s_end_stands_for_its_type) {
  BOOST_TEST(content_type_of("a/b.HTML") == "text/html; charset=utf-8");
  BOOST_TEST(content_type_of("a.tar.gz") == "application/gzip");
  for (const std::string_view path : {"", "a", "a.", "a.b/c", "html", "a.unknown"})
    BOOST_TEST(content_type_of(path) == "application/octet-stream");
}

BOOST_AUTO_TEST_SUITE_END()
