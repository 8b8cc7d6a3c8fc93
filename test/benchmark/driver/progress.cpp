// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "progress.hpp"

#include <unistd.h>

#include <iostream>

namespace benchmark {

namespace {

constexpr std::size_t bar_width = 40;
constexpr auto draw_interval = std::chrono::milliseconds(50);

}  // namespace

progress_bar::progress_bar(std::uint64_t total)
    : total_(total), visible_(::isatty(STDERR_FILENO) == 1 && total != 0) {}

progress_bar::~progress_bar() {
  // "\33[K" erases to the end of the line (ECMA-48, EL).
  if (visible_) std::cerr << "\r\33[K" << std::flush;
}

void progress_bar::advance(const std::string& title) {
  ++done_;
  if (!visible_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_draw_) return;
  next_draw_ = now + draw_interval;
  title_ = title;
  draw();
}

void progress_bar::draw() const {
  const double fraction = static_cast<double>(done_) / static_cast<double>(total_);
  const auto full = static_cast<std::size_t>(fraction * static_cast<double>(bar_width));
  std::cerr << "\r[" << std::string(full, '#') << std::string(bar_width - full, '.') << "] "
            << static_cast<unsigned>(fraction * 100) << " % " << title_ << "\33[K" << std::flush;
}

}  // namespace benchmark
