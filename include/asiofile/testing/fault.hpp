// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Which calls of a simulated file system shall fail, and how.

#include <asiofile/testing/call.hpp>

#include <boost/system/errc.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace asiofile::testing {

/// A rule by which calls fail: `file_system::add_fault`.
///
/// \code
/// using asiofile::testing::call_kind;
/// files.add_fault({.kind = call_kind::sync, .path = "/log", .first = 3});  // the third sync of it
/// files.add_fault({.kind = call_kind::read, .count = 0, .probability = 0.01});
/// \endcode
///
/// A call that fails has no effect, except a sync: as on Linux (fsync(2)), the data that it was to
/// make durable is kept or lost, each write as the seed decides; reads still find it, until a
/// crash; and the next sync reports success, once each descriptor that had the file open was told.
struct fault {
  /// The calls it is about: nothing stands for all kinds.
  std::optional<call_kind> kind = std::nullopt;
  /// The file they are about, as in `call::path` (rename, link: also the new name); empty for all.
  std::string path = {};
  /// The first of those that fails, counted from 1 when the rule is added.
  std::uint64_t first = 1;
  /// How many fail from then on; 0 for all.
  std::uint64_t count = 1;
  /// Of each of these, 0 to 1: the seed decides. Those that do not fail count all the same.
  double probability = 1;
  /// What it fails with.
  boost::system::errc::errc_t error = boost::system::errc::io_error;
};

}  // namespace asiofile::testing
