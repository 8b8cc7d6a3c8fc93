// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The backends that can run file operations, and their names.

#include <asiofile/config.hpp>

#include <optional>
#include <string_view>

namespace asiofile {

/// What runs the operations of a `file_service`.
enum class backend {
  /// The first of io_uring, libaio and threads that works on this machine, determined when the
  /// service starts.
  automatic,
  /// The kernel's io_uring interface (Linux 5.6 or newer), through liburing.
  io_uring,
  /// The kernel's asynchronous I/O (Linux 4.18 or newer), through libaio.
  libaio,
  /// Threads that make plain POSIX calls. Available on every system.
  threads,
  /// Files in memory (`asiofile::testing`). Cannot be chosen: reported by a service whose options
  /// were made by `testing::file_system`.
  simulation
};

/// The name of a backend as the environment variable `ASIOFILE_BACKEND` spells it:
/// `automatic`, `io_uring`, `libaio` or `threads`; and `simulation`, which cannot be chosen there.
///
/// \param value any.
///
/// \par Thread safety
/// Safe.
[[nodiscard]] ASIOFILE_DECL std::string_view to_string(backend value) noexcept;

/// Reads a backend's name.
///
/// \param name `automatic`, `io_uring`, `libaio`, `threads`, or one of the names that the Python
///   package caio uses: `uring`, `linux` (libaio), `thread` and `python` (threads). Lower case.
/// \returns the backend, or nothing where the name is none of these.
///
/// \par Thread safety
/// Safe.
[[nodiscard]] ASIOFILE_DECL std::optional<backend> parse_backend(std::string_view name) noexcept;

}  // namespace asiofile
