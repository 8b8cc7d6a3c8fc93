// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Decides whether a batch of reads that are probably cached is tried read by read (RWF_NOWAIT), or
// given to the engine in one system call: whichever has cost less on this machine so far, for
// batches of about that size.

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

// For one thread at a time.
class batch_policy {
 public:
  enum class way : std::uint8_t { speculative, engine };

  // The way that a batch of `count` reads goes, and whether to measure it.
  struct choice {
    way taken;
    bool is_measured;
  };
  [[nodiscard]] choice choose(std::size_t count) noexcept {
    // One system call either way.
    if (count == 1) return {way::speculative, false};
    size_class& its = of(count);
    const std::uint32_t turn = its.batches++;
    if (!its.is_known(way::speculative)) return {way::speculative, true};
    if (!its.is_known(way::engine))
      return {turn % unknown_period == 0 ? way::engine : way::speculative,
              turn % unknown_period == 0};
    const way better = its.cost(way::engine) < its.cost(way::speculative) ? way::engine
                                                                         : way::speculative;
    // The slower way is measured again from time to time, because the machine's load may have
    // changed.
    if (turn % other_period == 0) return {other(better), true};
    return {better, turn % measured_period == 0};
  }

  // A batch that was chosen to be measured, and in which every read completed immediately, took
  // this long.
  void learn(std::size_t count, way taken, std::chrono::nanoseconds duration) noexcept {
    of(count).learn(taken, static_cast<double>(duration.count()) / static_cast<double>(count));
  }

  // The measured average for batches of about that size, for diagnostics and tests.
  [[nodiscard]] double nanoseconds_each(std::size_t count, way taken) const noexcept {
    return classes_[index_of(count)].cost(taken);
  }

 private:
  static constexpr std::uint32_t unknown_period = 16;
  static constexpr std::uint32_t measured_period = 32;
  static constexpr std::uint32_t other_period = 512;

  static constexpr way other(way which) noexcept {
    return which == way::engine ? way::speculative : way::engine;
  }

  struct size_class {
    std::array<double, 2> nanoseconds_each{};
    std::uint32_t batches = 0;

    [[nodiscard]] double cost(way which) const noexcept {
      return nanoseconds_each[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] bool is_known(way which) const noexcept { return cost(which) != 0; }
    void learn(way which, double nanoseconds) noexcept {
      double& known = nanoseconds_each[static_cast<std::size_t>(which)];
      // A measurement during which the thread was preempted says nothing: it counts as at most
      // twice the average.
      const double counted = known == 0 ? nanoseconds : std::min(nanoseconds, 2 * known);
      known = known == 0 ? std::max(counted, 1.0) : known + (counted - known) / 8;
    }
  };

  // 1, 2 to 3, 4 to 7, ... 64 and more.
  static constexpr std::size_t index_of(std::size_t count) noexcept {
    return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(count)), 7);
  }
  size_class& of(std::size_t count) noexcept { return classes_[index_of(count)]; }

  std::array<size_class, 8> classes_{};
};

}  // namespace asiofile::detail
