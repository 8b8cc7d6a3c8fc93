#pragma once

/// \file
/// What a program may choose about its `file_service`.

#include <asiofile/backend.hpp>

#include <cstddef>

namespace asiofile {

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
  /// Which backend runs the operations. With `automatic`, the environment variable
  /// `ASIOFILE_BACKEND` decides; where that is not set either, the first of io_uring and threads
  /// that works on this machine. A backend that does not work here is replaced by the next that
  /// does; `file_service::why()` says so.
  asiofile::backend backend = backend::automatic;

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
};

}  // namespace asiofile
