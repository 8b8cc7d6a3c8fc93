// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Which calls of a simulated file system fail, and how.

#include <asiofile/testing/call.hpp>

#include <boost/system/errc.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace asiofile::testing {

/// A rule that makes calls fail: `file_system::add_fault`.
///
/// \code
/// using asiofile::testing::call_kind;
/// files.add_fault({.kind = call_kind::sync, .path = "/log", .first = 3});  // the third sync of it
/// files.add_fault({.kind = call_kind::read, .count = 0, .probability = 0.01});
/// \endcode
///
/// A call that fails has no effect, except a sync. As on Linux (fsync(2)), each write that it was
/// to make durable is kept or lost, as the seed decides; reads still return it until a crash; and
/// the next sync reports success, once the error was reported to each descriptor that had the file
/// open.
struct fault {
  /// The kind of calls that it applies to. If not set: all kinds.
  std::optional<call_kind> kind = std::nullopt;
  /// The file that it applies to, as in `call::path` (rename, link: also the new name); empty for
  /// all.
  std::string path = {};
  /// The first of these calls that fails, counted from 1 when the rule is added.
  std::uint64_t first = 1;
  /// How many fail from then on; 0 for all.
  std::uint64_t count = 1;
  /// The probability that each of these calls fails, 0 to 1, as the seed decides. Those that do not
  /// fail count all the same.
  double probability = 1;
  /// The error that the calls fail with.
  boost::system::errc::errc_t error = boost::system::errc::io_error;
};

}  // namespace asiofile::testing
