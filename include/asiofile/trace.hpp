// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// A hook that sees every operation of a `file_service` begin and end.

#include <asiofile/backend.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string_view>

namespace asiofile {

/// One operation, as a `trace_hook` sees it.
struct traced_operation {
  /// The operation's number, counted from 1 for each service. The same at start and end.
  std::uint64_t number = 0;
  /// `read`, `write`, `write_and_sync_data`, `write_and_sync_all` (a chain), `sync_all`,
  /// `sync_data`, `resize`, `size`, `status`, `allocate`, `advise`, `open` or `close`. Of functions
  /// that have no file object their name without `async_`: `read_file`, `replace_file`,
  /// `copy_file`, `rename`, `create_directories`, ...; of a `directory_reader` `open_directory`,
  /// `list_directory` and `rewind_directory`.
  std::string_view name;
  /// open: the path, as it was given; empty where the file is opened beneath a directory. Valid
  /// until the function returns.
  std::string_view path;
  /// The descriptor; -1 where there is none (yet), as at the start of any operation. At the end of
  /// an open: the one that was opened.
  int fd = -1;
  /// read, write: where, in bytes from the start of the file. resize: the new size in bytes.
  std::uint64_t offset = 0;
  /// read, write: how many bytes are to be transferred.
  std::uint64_t requested_bytes = 0;
  /// At the end: how many bytes were transferred.
  std::uint64_t transferred_bytes = 0;
  /// At the end: the engine that had it last; `automatic` if none had it.
  asiofile::backend engine = backend::automatic;
  /// At the end: the error code that the handler gets.
  boost::system::error_code error;
};

/// Sees each operation's start and end: `service_options::trace`.
///
/// The functions are called without holding any lock, from the thread that initiates the operation
/// and from the one that is about to call its handler; so they may run in several threads at the
/// same time, for different operations. They may call anything, but must not wait for an operation
/// of the same service. If the destruction of the context drops an operation's handler, its end is
/// not reported.
class trace_hook {
 public:
  virtual ~trace_hook() = default;

  /// An operation is being initiated.
  virtual void started(const traced_operation& operation) noexcept = 0;

  /// An operation has completed; its handler is called next.
  virtual void finished(const traced_operation& operation) noexcept = 0;
};

}  // namespace asiofile
