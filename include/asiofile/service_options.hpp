// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Options of a `file_service`.

#include <asiofile/backend.hpp>
#include <asiofile/trace.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace asiofile {

/// @cond
namespace detail {
class simulation;
}  // namespace detail
/// @endcond

/// Options of a `file_service`, given to it before its first use:
///
/// \code
/// boost::asio::io_context context;
/// asiofile::service_options options;
/// options.max_in_flight = 64;
/// boost::asio::make_service<asiofile::file_service>(context, options);
/// \endcode
///
/// A value out of its range makes `make_service` throw `boost::system::system_error` with
/// `invalid_argument`, whose text names the option.
struct service_options {
  /// Which backend runs the operations. With `automatic` the environment variable
  /// `ASIOFILE_BACKEND` decides; if that is not set, the file `default_backend_file`; if that names
  /// none, the first of io_uring, libaio and threads that works on this machine.
  ///
  /// A choice that is unknown or does not work here is skipped, and the next in this order is used;
  /// `file_service::why()` tells the cause, and what is available. See `strict`.
  asiofile::backend backend = backend::automatic;

  /// Whether a choice, wherever it was made, must be followed. If it cannot be, no other backend is
  /// used: opening a file reports `invalid_argument` if `ASIOFILE_BACKEND` is not the name of a
  /// backend, `operation_not_supported` if the library was built without the backend, and otherwise
  /// the error of the call that failed. Mistakes in a `default_backend_file` are only reported by
  /// `file_service::why()`.
  bool strict = false;

  /// The file that names the backends to use if neither the options nor the environment do: one
  /// name in each line, `#` begins a comment, and the first that works here is used. If this is
  /// empty, the environment variable `ASIOFILE_DEFAULT_BACKEND_FILE` names the file; if that is not
  /// set, its path is the one that was configured when the library was built: see
  /// `asiofile::default_backend_file()`. It need not exist. Mistakes in it, or a failure to read
  /// it, are reported by `file_service::why()` and have no other effect.
  std::string default_backend_file;

  /// How many operations the kernel and the threads have at a time, 1 to 65,536. Further operations
  /// wait in the service, first in, first out; they are never refused. An operation counts until
  /// the kernel has finished with it, which for a cancelled one can be some time after the request.
  /// Operations that may wait for a peer do not count: reads and writes of streams, and functions
  /// on names and whole files, which are limited only by the number of threads.
  std::size_t max_in_flight = 512;

  /// How many threads at most make blocking calls, 1 to 128. They are started when there is work
  /// for them. With io_uring they run everything except reads, writes and syncs of files on
  /// storage: they open, close, resize, change names, copy. A call that hangs occupies a thread
  /// until it returns or is interrupted; so does opening a FIFO whose other end nobody has open.
  /// Reads and writes of streams (pipes, sockets, terminals) that wait for their peer occupy none.
  ///
  /// Two more threads, which make no blocking calls, are started when they are first needed: one
  /// waits for streams, one supervises the others. If the system starts no thread at all
  /// (RLIMIT_NPROC, a pids control group), operations fail with `resource_unavailable_try_again`.
  std::size_t thread_count = 4;

  /// The signal that interrupts blocking calls of the library's threads when operations are
  /// cancelled or the context is destroyed. A signal's disposition applies to the whole process:
  /// when a service is first used, the library installs a handler that does nothing (sigaction(2),
  /// without SA_RESTART). It sends the signal only to its own threads (pthread_kill(3)).
  ///
  /// 0: the highest real-time signal below SIGRTMAX whose disposition is the default, or SIGURG if
  /// there is none; it is chosen once in a process. A program that installs handlers later should
  /// use signals from SIGRTMIN upwards, or set here the one that it leaves to the library. Another
  /// number: that signal, unless the program handles or ignores it. -1: none.
  ///
  /// Without a signal, because of -1 or because the program uses all of them, a blocking call
  /// cannot be interrupted: a cancelled operation completes when the call returns. To be
  /// cancellable all the same, opening a FIFO then does not block: opening for reading completes
  /// before there is a writer, and the first read waits for one.
  int interrupt_signal = 0;

  /// Entries in io_uring's submission queue, 2 to 32,768, rounded up to a power of two. This limits
  /// how many submissions one system call carries, not how many operations are in flight. If it
  /// exceeds the memory that may be locked (RLIMIT_MEMLOCK), the ring is halved until it fits, and
  /// with it the number of operations that the kernel has at a time; `file_service::why()` tells
  /// the sizes.
  std::size_t ring_size = 256;

  /// Whether a kernel thread polls for io_uring's submissions (IORING_SETUP_SQPOLL), so that they
  /// need no system call. It occupies a processor while there is work and for a second after: use
  /// it only if one is to spare. `file_service::why()` tells whether the kernel agreed.
  ///
  /// The ring then runs only what that thread can do itself: reads of local files, and reads and
  /// writes of local files that are opened with `direct`. Buffered writes, syncs, and operations
  /// that would make it wait run on the service's threads. (A kernel worker would run them
  /// otherwise, and keep the file open for some time after its close has completed: locks would
  /// still be held, an executable still be busy.)
  ///
  /// \warning The kernel thread keeps the credentials and limits that the process had when the
  ///   service was set up. After setuid(2) or a change of capabilities, files are opened with the
  ///   new ones, but read and written with the old ones. A program that drops privileges must do so
  ///   before its first file operation, or not use this option.
  bool submission_polling = false;

  /// Whether to fill `service_statistics::latency`. Costs two readings of the clock for each
  /// operation, and reads of cached data take a noticeably slower path.
  bool measure_latency = false;

  /// If not null, called at each operation's start and end: see `trace_hook`. Reads of cached data
  /// then take a noticeably slower path.
  std::shared_ptr<trace_hook> trace;

  /// If not null, files in memory that replace the system's, for tests: set by
  /// `testing::file_system::service_options` (the library `asiofile::testing`). Options that
  /// concern backends then have no effect.
  std::shared_ptr<detail::simulation> simulation;
};

}  // namespace asiofile
