// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "coarse_clock.hpp"

#include <chrono>

namespace http_file_server {

// When a connection's peer must have done something. The event loop checks the deadlines of all
// connections a few times a second: a timer for each would cost two operations for each request.
class deadline {
 public:
  explicit deadline(const coarse_clock& clock) : clock_(clock) {}

  void set(std::chrono::seconds from_now) { at_ = clock_.now() + from_now; }
  // While the peer is not waited for.
  void clear() { at_ = coarse_clock::time_point::max(); }

  [[nodiscard]] bool is_over() const { return clock_.now() >= at_; }

 private:
  const coarse_clock& clock_;
  coarse_clock::time_point at_ = coarse_clock::time_point::max();
};

}  // namespace http_file_server
