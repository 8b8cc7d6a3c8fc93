// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What this machine offers, and why not more.

#include <asiofile/backend.hpp>
#include <asiofile/config.hpp>

#include <boost/system/error_code.hpp>

#include <string>
#include <vector>

namespace asiofile {

/// What was found out about one backend.
struct backend_report {
  /// Which one: never `automatic`.
  asiofile::backend backend = backend::threads;
  /// Whether it works: a ring was set up and an operation went through it and back (io_uring), the
  /// kernel takes its calls (libaio), a thread was started (threads).
  bool available = false;
  /// The call that failed, such as `io_uring_setup`; empty where none did.
  std::string failing_call;
  /// How it failed; success where the backend is available or was not built in.
  boost::system::error_code error;
  /// One sentence for a person: what is the matter, and what can be done.
  std::string explanation;
};

/// Tries each backend on this machine, now: io_uring with a small ring and an operation that goes
/// through the kernel and back, threads by starting one. For libaio it asks whether the process may
/// make its calls. Whether the system has room for a context (`fs.aio-max-nr`) shows when a service
/// makes one, for its first file that is opened with `direct`; `file_service::why()` then tells.
///
/// Services keep what was found out last, by this function or by another service of the process,
/// unless a moment later it may be otherwise (no descriptor, memory or thread left).
///
/// \returns one report for each backend that asiofile knows, in the order in which `automatic`
///   prefers them.
/// \throws std::bad_alloc only.
///
/// Takes some hundred microseconds; it leaves nothing behind.
///
/// \par Thread safety
/// Safe.
[[nodiscard]] ASIOFILE_DECL std::vector<backend_report> probe();

/// Where a service looks for the file `default_backend`, unless
/// `service_options::default_backend_file` names another: the value of the environment variable
/// `ASIOFILE_DEFAULT_BACKEND_FILE`, or else the place that the library was built with. The file
/// need not exist.
///
/// \throws std::bad_alloc only.
///
/// \par Thread safety
/// Safe, while no other thread changes the environment.
[[nodiscard]] ASIOFILE_DECL std::string default_backend_file();

}  // namespace asiofile
