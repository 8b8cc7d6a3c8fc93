// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The time of a simulated file system.

#include <asiofile/config.hpp>

#include <chrono>

namespace asiofile::testing {

/// The virtual clock of a `file_system`, with the interface of a `<chrono>` clock: the clock of
/// `basic_timer`. Its epoch is the creation of the file system.
///
/// It cannot be the clock of a `boost::asio::basic_waitable_timer`, which waits for real time: use
/// `basic_timer`.
struct clock {
  /// Its unit: nanoseconds.
  using duration = std::chrono::nanoseconds;
  /// The arithmetic type of `duration`.
  using rep = duration::rep;
  /// The tick of `duration`.
  using period = duration::period;
  /// A time on this clock.
  using time_point = std::chrono::time_point<clock>;
  /// It never goes backwards.
  static constexpr bool is_steady = true;

  /// The virtual time, `file_system::now()`, of the file system that was made last on the calling
  /// thread and still exists. The epoch if there is none.
  ///
  /// \par Thread safety
  /// Safe.
  [[nodiscard]] ASIOFILE_DECL static time_point now() noexcept;
};

}  // namespace asiofile::testing
