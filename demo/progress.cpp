// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "progress.hpp"

#include <unistd.h>

#include <iostream>
#include <utility>

namespace demo {

namespace {

constexpr std::size_t bar_width = 40;
constexpr auto draw_interval = std::chrono::milliseconds(50);

}  // namespace

progress_bar::progress_bar(std::string title, std::uint64_t total_bytes)
    : title_(std::move(title)),
      total_bytes_(total_bytes),
      visible_(::isatty(STDERR_FILENO) == 1 && total_bytes != 0) {}

progress_bar::~progress_bar() {
  // "\33[K" erases to the end of the line (ECMA-48, EL).
  if (visible_) std::cerr << "\r\33[K" << std::flush;
}

void progress_bar::advance(std::uint64_t bytes) {
  done_bytes_ += bytes;
  if (!visible_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_draw_) return;
  next_draw_ = now + draw_interval;
  draw();
}

void progress_bar::draw() const {
  const double fraction = static_cast<double>(done_bytes_) / static_cast<double>(total_bytes_);
  const auto full = static_cast<std::size_t>(fraction * static_cast<double>(bar_width));
  std::cerr << '\r' << title_ << " [" << std::string(full, '#')
            << std::string(bar_width - full, '.') << "] " << static_cast<unsigned>(fraction * 100)
            << " %\33[K" << std::flush;
}

}  // namespace demo
