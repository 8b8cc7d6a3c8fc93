// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Paths that have just been opened and were local regular files. Such a path need not be checked
// before it is reopened without waiting: `open_cached`.

#include "system/coarse_clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>

namespace asiofile::detail {

class recent_files {
 public:
  using clock = coarse_clock;

  void note(std::string_view path, clock::time_point now = clock::now()) noexcept {
    const std::size_t hash = hash_of(path);
    at(hash) = {hash, now};
  }
  // Whether it was opened within the last second. Another path is mistaken for this one with a
  // probability of 2^-64.
  [[nodiscard]] bool has(std::string_view path,
                         clock::time_point now = clock::now()) const noexcept {
    const std::size_t hash = hash_of(path);
    const entry& found = at(hash);
    return found.hash == hash && now - found.seen < std::chrono::seconds(1);
  }

 private:
  struct entry {
    std::size_t hash = 0;
    clock::time_point seen = clock::time_point() - std::chrono::hours(1);
  };
  static constexpr std::size_t entry_count = 256;

  static std::size_t hash_of(std::string_view path) noexcept {
    return std::hash<std::string_view>()(path);
  }
  [[nodiscard]] entry& at(std::size_t hash) noexcept { return entries_[hash % entry_count]; }
  [[nodiscard]] const entry& at(std::size_t hash) const noexcept {
    return entries_[hash % entry_count];
  }

  std::array<entry, entry_count> entries_{};
};

}  // namespace asiofile::detail
