// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The time, as precisely as a server needs it: read a few times a second, and formatted once a
// second, instead of both for each request.

#include "http_date.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace http_file_server {

class coarse_clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // How often it is to be updated.
  static constexpr std::chrono::milliseconds interval{100};

  coarse_clock() { update(); }

  void update() {
    now_ = std::chrono::steady_clock::now();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (seconds == seconds_) return;
    seconds_ = seconds;
    http_date_.clear();
    append_http_date(http_date_, seconds);
    log_date_.clear();
    append_log_date(log_date_, seconds);
  }

  [[nodiscard]] time_point now() const { return now_; }
  [[nodiscard]] std::chrono::sys_seconds seconds() const { return seconds_; }
  [[nodiscard]] std::string_view http_date() const { return http_date_; }
  [[nodiscard]] std::string_view log_date() const { return log_date_; }

 private:
  time_point now_;
  std::chrono::sys_seconds seconds_{};
  std::string http_date_;
  std::string log_date_;
};

}  // namespace http_file_server
