// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A progress bar for a person who watches.

#include <chrono>
#include <cstdint>
#include <string>

namespace demo {

// Draws on standard error if that is a terminal, and nothing otherwise. The bar is wiped at the end
// of its life.
class progress_bar {
 public:
  progress_bar(std::string title, std::uint64_t total_bytes);
  ~progress_bar();
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  void advance(std::uint64_t bytes);

 private:
  void draw() const;

  std::string title_;
  std::uint64_t total_bytes_;
  std::uint64_t done_bytes_ = 0;
  std::chrono::steady_clock::time_point next_draw_;
  bool visible_;
};

}  // namespace demo
