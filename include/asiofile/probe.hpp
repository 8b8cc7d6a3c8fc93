// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Which backends work on this machine, and why others do not.

#include <asiofile/backend.hpp>
#include <asiofile/config.hpp>

#include <boost/system/error_code.hpp>

#include <string>
#include <vector>

namespace asiofile {

/// The result of probing one backend.
struct backend_report {
  /// Which one: never `automatic`.
  asiofile::backend backend = backend::threads;
  /// Whether it works: a ring was set up and an operation completed on it (io_uring), the kernel
  /// accepts its calls (libaio), a thread was started (threads).
  bool available = false;
  /// The call that failed, such as `io_uring_setup`; empty if none did.
  std::string failing_call;
  /// How it failed; success if the backend is available or was not built in.
  boost::system::error_code error;
  /// A sentence for people: what is wrong, and what can be done about it.
  std::string explanation;
};

/// Tries each backend on this machine, now: io_uring with a small ring and one operation, threads
/// by starting one. For libaio it checks whether the process may make its calls; whether the system
/// has room for another context (`fs.aio-max-nr`) is known only when a service makes one, for its
/// first file that is opened with `direct`, and is reported by `file_service::why()`.
///
/// Services use the last result, of this function or of another service of the process, unless the
/// cause of a failure may be temporary (no descriptor, memory or thread left).
///
/// \returns one report for each backend that asiofile knows, in the order in which `automatic`
///   prefers them.
/// \throws std::bad_alloc only.
///
/// Takes a few hundred microseconds, and leaves nothing behind.
///
/// \par Thread safety
/// Safe.
[[nodiscard]] ASIOFILE_DECL std::vector<backend_report> probe();

/// Where a service looks for the file `default_backend`, unless
/// `service_options::default_backend_file` names another: the value of the environment variable
/// `ASIOFILE_DEFAULT_BACKEND_FILE`, or else the path that was configured when the library was
/// built. The file need not exist.
///
/// \throws std::bad_alloc only.
///
/// \par Thread safety
/// Safe, while no other thread changes the environment.
[[nodiscard]] ASIOFILE_DECL std::string default_backend_file();

}  // namespace asiofile
