// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "http_date.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace http_file_server {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> day_names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct calendar_time {
  explicit calendar_time(sys_seconds time) : day(floor<days>(time)), date(day), clock(time - day) {}
  sys_days day;
  year_month_day date;
  hh_mm_ss<seconds> clock;
};

void append_number(std::string& text, long number, int digits) {
  const std::size_t begin = text.size();
  text.append(static_cast<std::size_t>(digits), '0');
  for (std::size_t i = text.size(); i != begin && number > 0; number /= 10)
    text[--i] = static_cast<char>('0' + number % 10);
}

void append_clock(std::string& text, const hh_mm_ss<seconds>& clock) {
  append_number(text, clock.hours().count(), 2);
  text += ':';
  append_number(text, clock.minutes().count(), 2);
  text += ':';
  append_number(text, clock.seconds().count(), 2);
}

std::string_view name_of(month which) { return month_names[unsigned(which) - 1]; }

// Parses a date from its beginning. Anything that does not match makes it bad permanently.
class scanner {
 public:
  explicit scanner(std::string_view text) : left_(text) {}

  [[nodiscard]] bool is_at_end() const { return is_good_ && left_.empty(); }

  void literal(std::string_view expected) {
    is_good_ = is_good_ && left_.starts_with(expected);
    if (is_good_) left_.remove_prefix(expected.size());
  }

  int number(std::size_t digits) {
    is_good_ = is_good_ && left_.size() >= digits &&
               std::all_of(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(digits),
                           [](char c) { return c >= '0' && c <= '9'; });
    int found = 0;
    if (!is_good_) return found;
    for (const char c : left_.substr(0, digits)) found = found * 10 + (c - '0');
    left_.remove_prefix(digits);
    return found;
  }

  // "06" or " 6".
  int padded_day() {
    if (!left_.starts_with(' ')) return number(2);
    left_.remove_prefix(1);
    return number(1);
  }

  template <std::size_t Count>
  unsigned one_of(const std::array<std::string_view, Count>& names, std::size_t letters) {
    for (unsigned i = 0; i != Count && is_good_; ++i) {
      const std::string_view name = names[i].substr(0, letters);
      if (!left_.starts_with(name)) continue;
      left_.remove_prefix(name.size());
      return i;
    }
    is_good_ = false;
    return 0;
  }

  seconds clock() {
    const int h = number(2);
    literal(":");
    const int m = number(2);
    literal(":");
    const int s = number(2);
    // 60: a leap second.
    is_good_ = is_good_ && h < 24 && m < 60 && s <= 60;
    return hours(h) + minutes(m) + seconds(s);
  }

 private:
  std::string_view left_;
  bool is_good_ = true;
};

std::optional<sys_seconds> time_of(const scanner& scanned, int y, unsigned m, int d,
                                   seconds clock) {
  const year_month_day date(year(y), month(m + 1), day(static_cast<unsigned>(d)));
  if (!scanned.is_at_end() || !date.ok()) return std::nullopt;
  return sys_days(date) + clock;
}

std::optional<sys_seconds> parse_fixdate(std::string_view text) {
  scanner scan(text);
  scan.one_of(day_names, 3);
  scan.literal(", ");
  const int d = scan.number(2);
  scan.literal(" ");
  const unsigned m = scan.one_of(month_names, 3);
  scan.literal(" ");
  const int y = scan.number(4);
  scan.literal(" ");
  const seconds clock = scan.clock();
  scan.literal(" GMT");
  return time_of(scan, y, m, d, clock);
}

std::optional<sys_seconds> parse_rfc850(std::string_view text, sys_seconds now) {
  scanner scan(text);
  scan.one_of(day_names, std::string_view::npos);
  scan.literal(", ");
  const int d = scan.number(2);
  scan.literal("-");
  const unsigned m = scan.one_of(month_names, 3);
  scan.literal("-");
  const int year_of_century = scan.number(2);
  scan.literal(" ");
  const seconds clock = scan.clock();
  scan.literal(" GMT");
  const int latest = int(calendar_time(now).date.year()) + 50;
  const int y = latest - (latest - year_of_century) % 100;
  return time_of(scan, y, m, d, clock);
}

std::optional<sys_seconds> parse_asctime(std::string_view text) {
  scanner scan(text);
  scan.one_of(day_names, 3);
  scan.literal(" ");
  const unsigned m = scan.one_of(month_names, 3);
  scan.literal(" ");
  const int d = scan.padded_day();
  scan.literal(" ");
  const seconds clock = scan.clock();
  scan.literal(" ");
  const int y = scan.number(4);
  return time_of(scan, y, m, d, clock);
}

}  // namespace

void append_http_date(std::string& text, sys_seconds time) {
  const calendar_time its(time);
  text += day_names[weekday(its.day).c_encoding()].substr(0, 3);
  text += ", ";
  append_number(text, unsigned(its.date.day()), 2);
  text += ' ';
  text += name_of(its.date.month());
  text += ' ';
  append_number(text, int(its.date.year()), 4);
  text += ' ';
  append_clock(text, its.clock);
  text += " GMT";
}

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) {
  if (const auto found = parse_fixdate(text)) return found;
  if (const auto found = parse_rfc850(text, now)) return found;
  return parse_asctime(text);
}

void append_log_date(std::string& text, sys_seconds time) {
  const calendar_time its(time);
  append_number(text, unsigned(its.date.day()), 2);
  text += '/';
  text += name_of(its.date.month());
  text += '/';
  append_number(text, int(its.date.year()), 4);
  text += ':';
  append_clock(text, its.clock);
  text += " +0000";
}

}  // namespace http_file_server
