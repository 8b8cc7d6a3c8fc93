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
  /// A choice that is unknown or does not work here is passed over, and the first in that order
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
  /// request.
  std::size_t max_in_flight = 512;

  /// How many threads at most make blocking calls, 1 to 128. They are started when there is work
  /// for them. With io_uring they run only what the ring cannot.
  std::size_t thread_count = 4;

  /// Entries in io_uring's submission queue, 2 to 32,768, rounded up to a power of two. It bounds
  /// how many submissions one system call carries, not how many operations are in flight. Halved
  /// until it fits where the kernel has no memory for it (RLIMIT_MEMLOCK).
  std::size_t ring_size = 256;

  /// Whether a kernel thread looks for io_uring's submissions (IORING_SETUP_SQPOLL), so that they
  /// need no system call. It occupies a processor while there is work and for a second after:
  /// worth it only where one is to spare. `file_service::why()` tells whether the kernel agreed.
  ///
  /// \warning The thread keeps the credentials and limits of the process as they were when the
  ///   service was set up. Files are therefore opened by other means; but reads, writes and syncs
  ///   go on with the old credentials after setuid(2) or a change of capabilities. A program that
  ///   gives up privileges does so before its first file operation, or does not use this.
  bool submission_polling = false;

  /// Whether `service_statistics::latency` is filled. Costs two readings of the clock for each
  /// operation, and reads of what is in memory take a way that is a good deal longer.
  bool measure_latency = false;

  /// Told of each operation's start and end, if not null: see `trace_hook`. Reads of what is in memory
  /// take a way that is a good deal longer then.
  std::shared_ptr<trace_hook> trace;

  /// Files in memory in place of the system's, for tests, if not null: set by
  /// `testing::file_system::service_options`. Options that concern backends then mean nothing.
  std::shared_ptr<detail::simulation> simulation;
};

}  // namespace asiofile
