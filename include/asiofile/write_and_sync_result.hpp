// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What became of a write and of the sync after it.

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace asiofile {

/// What an operation completes with that writes and then makes durable what it wrote.
struct write_and_sync_result {
  /// How many bytes were written, from the first on.
  std::size_t bytes_transferred = 0;

  /// Success where all of them were, otherwise why not. The sync was not run then.
  boost::system::error_code write_error;

  /// What the sync reported; `operation_aborted` where it was not run.
  boost::system::error_code sync_error;
};

}  // namespace asiofile
