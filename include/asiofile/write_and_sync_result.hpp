// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The result of a write that is followed by a sync.

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace asiofile {

/// The result of an operation that writes data and then makes it durable.
struct write_and_sync_result {
  /// How many bytes were written.
  std::size_t bytes_transferred = 0;

  /// Success if all bytes were written; otherwise the error, and the sync was not run.
  boost::system::error_code write_error;

  /// What the sync reported; `operation_aborted` if it was not run.
  boost::system::error_code sync_error;
};

}  // namespace asiofile
