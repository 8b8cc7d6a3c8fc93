// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The service that runs the file operations of one execution context.

#include <asiofile/backend.hpp>
#include <asiofile/config.hpp>
#include <asiofile/detail/asio_adapter.hpp>
#include <asiofile/detail/core_access.hpp>
#include <asiofile/detail/errors.hpp>
#include <asiofile/service_options.hpp>
#include <asiofile/statistics.hpp>

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <string>

namespace asiofile {

namespace detail {
struct service_access;
}  // namespace detail

/// Runs the file operations of one `boost::asio::execution_context`: an `io_context`, a
/// `thread_pool`, the `system_context`, or a context of the user's own.
///
/// The first file object on a context makes the service with default options. To use other options,
/// make it before that:
///
/// \code
/// boost::asio::make_service<asiofile::file_service>(context, options);
/// \endcode
///
/// Kernel resources (a ring, threads) are set up when the first file is opened.
///
/// \par Completion
/// Handlers run on their associated executors, from threads that run the context. One dispatch
/// pass on the context may call several completion handlers, with timers and sockets served between
/// passes; `run_one` may therefore run more than one, or none where the pass was the service's own.
/// `run()` returns when the last operation's handler has returned, as for sockets.
///
/// \par Destruction of the context
/// Cancels the operations in flight, waits until neither the kernel nor a thread uses a buffer, and
/// then destroys the handlers without running them. A file object may outlive its context: it is
/// then closed.
///
/// \par Fork
/// A program that forks and goes on using the context in parent and child calls
/// `context.notify_fork` around `fork`, as Boost.Asio demands. The parent is not affected. In the
/// child every operation that was in flight completes with `operation_aborted`, except closes,
/// which succeed; all other files are still open, and new operations on them work.
///
/// \par Thread safety
/// All members are safe.
class ASIOFILE_VISIBLE file_service : public boost::asio::execution_context::service {
 public:
  /// What identifies the service in its context.
  static inline boost::asio::execution_context::id id;

  /// Makes the service with default options. Called by `boost::asio::use_service`.
  ///
  /// \param context its context.
  /// \throws boost::system::system_error if the context's reactor cannot be made (no file
  ///   descriptors left).
  explicit file_service(boost::asio::execution_context& context)
      : file_service(context, service_options()) {}

  /// Makes the service with options. Called by `boost::asio::make_service`.
  ///
  /// \param context its context.
  /// \param options see `service_options`.
  /// \throws boost::system::system_error with `invalid_argument` where an option is out of range;
  ///   `what()` names the option.
  file_service(boost::asio::execution_context& context, const service_options& options)
      : service(context),
        core_(detail::make_core(options, std::make_unique<detail::asio_adapter>(context),
                                &detail::make_error)) {}

  ~file_service() override { detail::leave_context(*core_); }
  file_service(const file_service&) = delete;
  file_service& operator=(const file_service&) = delete;

  /// The options that the service was made with.
  [[nodiscard]] const service_options& options() const noexcept {
    return detail::options_of(*core_);
  }

  /// What the service has done so far.
  ///
  /// \throws std::bad_alloc only.
  [[nodiscard]] service_statistics statistics() const { return detail::statistics_of(*core_); }

  /// The backend that gets operations first. Those that it cannot run (with libaio, all but
  /// O_DIRECT transfers and syncs) run on threads; `statistics` counts both.
  ///
  /// Sets up the backend if no file was opened yet.
  ///
  /// \returns never `automatic`, unless no backend works at all: every open then fails, and `why()`
  ///   tells the cause.
  [[nodiscard]] asiofile::backend active_backend() { return detail::active_backend_of(*core_); }

  /// Which backend runs and why, as text for people: a line for the choice (options,
  /// `ASIOFILE_BACKEND` or probe) and a line for each backend that was tried and does not work
  /// here.
  ///
  /// Sets up the backend if no file was opened yet.
  [[nodiscard]] std::string why() { return detail::why(*core_); }

 private:
  friend struct detail::service_access;

  void shutdown() override { detail::shut_down(*core_); }
  void notify_fork(boost::asio::execution_context::fork_event event) override {
    switch (event) {
      case boost::asio::execution_context::fork_prepare:
        return detail::notify_fork(*core_, detail::fork_step::prepare);
      case boost::asio::execution_context::fork_parent:
        return detail::notify_fork(*core_, detail::fork_step::in_parent);
      case boost::asio::execution_context::fork_child:
        return detail::notify_fork(*core_, detail::fork_step::in_child);
    }
  }

  std::shared_ptr<detail::service_core> core_;
};

}  // namespace asiofile
