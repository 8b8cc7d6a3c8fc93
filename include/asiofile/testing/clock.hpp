// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The time of a simulated file system.

#include <asiofile/config.hpp>

#include <chrono>

namespace asiofile::testing {

/// The virtual clock of a `file_system`, as a program uses a clock of `<chrono>`: the clock of
/// `basic_timer`. Its epoch is the making of the file system.
///
/// It does not work as the clock of a `boost::asio::basic_waitable_timer`, whose waits are for real
/// time: see `basic_timer`.
struct clock {
  /// Its unit: nanoseconds.
  using duration = std::chrono::nanoseconds;
  /// The arithmetic type of `duration`.
  using rep = duration::rep;
  /// The tick of `duration`.
  using period = duration::period;
  /// A time on this clock.
  using time_point = std::chrono::time_point<clock>;
  /// It never goes back.
  static constexpr bool is_steady = true;

  /// The virtual time, `file_system::now()`, of the file system that was made last on the calling
  /// thread, of those that exist. The epoch where there is none.
  ///
  /// \par Thread safety
  /// Safe.
  [[nodiscard]] ASIOFILE_DECL static time_point now() noexcept;
};

}  // namespace asiofile::testing
