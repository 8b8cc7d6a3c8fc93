// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A progress bar for a person who watches.

#include <chrono>
#include <cstdint>
#include <string>

namespace benchmark {

// Draws on standard error if that is a terminal, and nothing otherwise. The bar is wiped at the end
// of its life.
class progress_bar {
 public:
  explicit progress_bar(std::uint64_t total);
  ~progress_bar();
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  // `title`: what is running now.
  void advance(const std::string& title);

 private:
  void draw() const;

  std::string title_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point next_draw_;
  bool visible_;
};

}  // namespace benchmark
