// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A timer that goes off every millisecond, and notes how late.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <vector>

namespace benchmark {

class late_timer {
 public:
  explicit late_timer(boost::asio::io_context& context) : timer_(context) { wait(); }

  void stop() {
    is_stopped_ = true;
    timer_.cancel();
  }

  // In milliseconds.
  [[nodiscard]] const std::vector<double>& delays() const noexcept { return delays_; }

 private:
  using clock = boost::asio::steady_timer::clock_type;

  void wait() {
    timer_.expires_after(std::chrono::milliseconds(1));
    timer_.async_wait([this](boost::system::error_code) {
      if (is_stopped_) return;
      const std::chrono::duration<double, std::milli> late = clock::now() - timer_.expiry();
      delays_.push_back(late.count());
      wait();
    });
  }

  boost::asio::steady_timer timer_;
  std::vector<double> delays_;
  bool is_stopped_ = false;
};

}  // namespace benchmark
