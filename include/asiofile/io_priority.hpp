// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How urgently the device's scheduler treats a transfer.

#include <cstdint>

namespace asiofile {

/// An I/O priority as in ioprio_set(2). Whether it has an effect depends on the device's I/O
/// scheduler (on Linux, bfq and mq-deadline respect it; `none` does not).
struct io_priority {
  /// Classes, the most urgent first; `none` means that of the thread or process.
  enum class scheduling_class : std::uint8_t {
    /// No priority of its own.
    none = 0,
    /// Before all others. Needs CAP_SYS_ADMIN or (Linux 5.14 or newer) CAP_SYS_NICE: a transfer
    /// completes with `operation_not_permitted` otherwise.
    realtime = 1,
    /// The usual class.
    best_effort = 2,
    /// Only when nobody else uses the device.
    idle = 3
  };

  /// The class.
  scheduling_class priority_class = scheduling_class::none;

  /// Within `realtime` and `best_effort`: 0, the most urgent, to 7.
  unsigned level = 4;

  /// Whether class and level are equal.
  friend constexpr bool operator==(const io_priority&, const io_priority&) noexcept = default;
};

}  // namespace asiofile
