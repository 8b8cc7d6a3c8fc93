// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What a program may choose about its `file_service`.

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
  /// `ASIOFILE_BACKEND` decides; where that is not set either, the file `default_backend_file`;
  /// where that names none, the first of io_uring, libaio and threads that works on this machine.
  ///
  /// A choice that is unknown or does not work here is skipped, and the first in that order
  /// runs; `file_service::why()` tells the cause, and what is available. See `strict`.
  asiofile::backend backend = backend::automatic;

  /// Whether a choice, wherever it was made, must be followed. Then, where it cannot be, nothing
  /// runs in its place: opening a file reports `invalid_argument` where `ASIOFILE_BACKEND` is no
  /// backend's name, `operation_not_supported` where the library was built without the backend,
  /// and else the error of the call that failed. Mistakes in a `default_backend_file` are reported
  /// by `file_service::why()` only.
  bool strict = false;

  /// The file that names the backends to use where neither the options nor the environment do: one
  /// name in each line, `#` begins a comment, and the first that works here wins. Where this is
  /// empty, the environment variable `ASIOFILE_DEFAULT_BACKEND_FILE` names it; where that is not
  /// set either, it is where the library was built to look: see
  /// `asiofile::default_backend_file()`. It need not exist. Mistakes in it, or that it cannot be
  /// read, are reported by `file_service::why()` and have no other effect.
  std::string default_backend_file;

  /// How many operations the kernel and the threads hold at a time, 1 to 65,536. Those beyond
  /// wait in the service, first in, first out; they are never refused. A place is free again when
  /// the kernel is done with the operation, which for a cancelled one can be later than the
  /// request. What may wait for a peer does not count: reads and writes of streams, and functions
  /// on names and whole files, of which threads run as many as there are.
  std::size_t max_in_flight = 512;

  /// How many threads at most make blocking calls, 1 to 128. They are started when there is work
  /// for them. With io_uring they run all but reads, writes and syncs of files on storage: they
  /// open, close, resize, change names, copy. A call that hangs occupies one until it returns or is
  /// interrupted: so does opening a FIFO that nobody has open at its other end. Reads and writes of
  /// streams (pipes, sockets, terminals) that wait for their peer occupy none.
  ///
  /// Two more, which make no blocking call, are started when they are first needed: one waits for
  /// streams, one looks after the others. Where the system starts no thread at all (RLIMIT_NPROC, a
  /// pids control group), operations fail with `resource_unavailable_try_again`.
  std::size_t thread_count = 4;

  /// The signal that ends blocking calls of the library's threads when operations are cancelled or
  /// the context is destroyed. A signal's disposition is the whole process's: the library gives it
  /// a handler that does nothing (sigaction(2), without SA_RESTART) when a service is first used,
  /// and sends it only to threads of its own (pthread_kill(3)).
  ///
  /// 0: the highest real-time signal but SIGRTMAX whose disposition is the default, or SIGURG where
  /// there is none; it is chosen once in a process. A program that installs handlers later chooses
  /// signals from SIGRTMIN upwards, or names here the one that it leaves to the library. Another
  /// number: that signal, unless the program handles or ignores it. -1: none.
  ///
  /// Without a signal, because of -1 or because the program uses all of them, a call that a
  /// thread is in cannot be interrupted: a cancelled operation ends when the call does. Opening a
  /// FIFO then does not wait in the call, so that it can be cancelled all the same; one that is
  /// opened for reading is open before there is a writer, and its first read waits for one.
  int interrupt_signal = 0;

  /// Entries in io_uring's submission queue, 2 to 32,768, rounded up to a power of two. It bounds
  /// how many submissions one system call carries, not how many operations are in flight. Where the
  /// kernel has no memory for it that may be locked (RLIMIT_MEMLOCK), the ring is halved until it
  /// fits, and with it how many operations the kernel holds; `file_service::why()` tells the sizes.
  std::size_t ring_size = 256;

  /// Whether a kernel thread looks for io_uring's submissions (IORING_SETUP_SQPOLL), so that they
  /// need no system call. It occupies a processor while there is work and for a second after:
  /// worth it only where one is to spare. `file_service::why()` tells whether the kernel agreed.
  ///
  /// The ring then runs only what that thread does itself: reads of files of this machine, and
  /// reads and writes of those that are opened with `direct`. Buffered writes, syncs, and what
  /// would make the thread wait go to the service's threads. (A kernel worker would run them, and
  /// keep a file open for some time after its close has completed: a lock would still be held, a
  /// program's file still be busy.)
  ///
  /// \warning The thread keeps the credentials and limits of the process as they were when the
  ///   service was set up. Files are opened by the service's threads, with the new ones; but reads
  ///   and writes go on with the old ones after setuid(2) or a change of capabilities. A program
  ///   that gives up privileges does so before its first file operation, or does not use this.
  bool submission_polling = false;

  /// Whether `service_statistics::latency` is filled. Costs two readings of the clock for each
  /// operation, and reads of what is in memory take a way that is a good deal longer.
  bool measure_latency = false;

  /// Told of each operation's start and end, if not null: see `trace_hook`. Reads of what is in
  /// memory take a way that is a good deal longer then.
  std::shared_ptr<trace_hook> trace;

  /// Files in memory in place of the system's, for tests, if not null: set by
  /// `testing::file_system::service_options` (the library `asiofile::testing`). Options that
  /// concern backends then mean nothing.
  std::shared_ptr<detail::simulation> simulation;
};

}  // namespace asiofile
