// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Listing directories, in batches.

#include <asiofile/detail/directory_job.hpp>
#include <asiofile/detail/directory_jobs.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/directory_entry.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asiofile {

/// Reads the names in a directory, however many there are: at most 256 of them are in memory at a
/// time.
///
/// \par Order
/// The file system's, which is arbitrary. Names that are created or removed during the listing may
/// or may not be in it; all others are in it exactly once (readdir(3)). "." and ".." never are.
///
/// \par Errors
/// Reported through the handler, never by exception: those of the system category, as the system's
/// calls report them, and `boost::asio::error::already_open`; the same on every backend. The
/// asynchronous functions throw only `std::bad_alloc`, and then nothing was started.
///
/// \par Completion
/// A handler runs exactly once, through its associated executor, and never inside the initiating
/// function; only the destruction of the context drops it.
///
/// \par Cancellation
/// By the token's slot (any type), `close` or the destructor. It is a request: `operation_aborted`
/// means that the call had no effect, and the next call returns what it had already read.
///
/// \par Lifetimes
/// The reader may be destroyed with a call in flight. The directory is then closed when the
/// call has completed; its handler runs as always. In a forked child, a reader that had a call in
/// flight is closed.
///
/// \par Thread safety
/// Distinct objects: safe. One object: its functions may be called from any number of threads, but
/// only one asynchronous call may be in flight at a time. A second one completes with
/// `already_started` (EALREADY) and changes nothing, as with the other readers. Moving it or
/// assigning to it may not coincide with anything else.
///
/// \code
/// asiofile::directory_reader reader(co_await asio::this_coro::executor);
/// co_await reader.async_open("/etc", asio::use_awaitable);
/// while (const auto batch = co_await reader.async_next(asio::use_awaitable))
///   for (const asiofile::directory_entry& entry : *batch) std::cout << entry.name << '\n';
/// \endcode
template <typename Executor = boost::asio::any_io_executor>
class basic_directory_reader {
 public:
  /// The type of the executor associated with the reader.
  using executor_type = Executor;

  /// Rebinds the reader type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The reader type when rebound.
    using other = basic_directory_reader<Executor1>;
  };

  /// Makes a closed reader.
  ///
  /// \param ex the executor for handlers that have no associated executor; its context's
  ///   `file_service` runs the operations.
  /// \throws std::bad_alloc only.
  explicit basic_directory_reader(const executor_type& ex)
      : executor_(ex), state_(detail::make_directory_state(ex)) {}

  /// Makes a closed reader on `context.get_executor()`.
  template <detail::execution_context ExecutionContext>
  explicit basic_directory_reader(ExecutionContext& context)
      : basic_directory_reader(executor_type(context.get_executor())) {}

  /// Moves the open directory and the call in flight here. `other` is left closed, as if newly made
  /// on its executor.
  basic_directory_reader(basic_directory_reader&& other) noexcept
      : executor_(other.executor_), state_(std::move(other.state_)) {}

  /// Does what the destructor does, then moves `other` here.
  basic_directory_reader& operator=(basic_directory_reader&& other) noexcept {
    if (this != &other) {
      close();
      executor_ = other.executor_;
      state_ = std::move(other.state_);
    }
    return *this;
  }

  /// Closes the directory: see `close`.
  ~basic_directory_reader() { close(); }

  /// The executor associated with the reader.
  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

  /// Opens a directory.
  ///
  /// \param path relative to the process's working directory when the operation runs, or absolute;
  ///   copied.
  /// \param token completes with `void(error_code)`: `already_open` where this reader has a
  ///   directory or one is being opened, `not_a_directory`, `no_such_file_or_directory`,
  ///   `permission_denied`, `invalid_argument` for a path with a zero byte, and so on;
  ///   `operation_aborted` if the reader was closed or destroyed or the operation cancelled
  ///   meanwhile: the directory is then not open.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open(const std::string& path,
                  OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start<detail::job_result<detail::job>, void(boost::system::error_code)>(
        detail::directory_step::open, path, token);
  }

  /// Reads the next entries.
  ///
  /// \param token completes with `void(error_code, std::optional<std::vector<directory_entry>>)`: 1
  ///   to 256 entries; none at the end and on error. `bad_descriptor` on a closed reader. After an
  ///   error of the system, every call reports it until `async_rewind`.
  template <boost::asio::completion_token_for<void(boost::system::error_code,
                                                   std::optional<std::vector<directory_entry>>)>
                NextToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_next(NextToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start<detail::directory_batch_result,
                 void(boost::system::error_code, std::optional<std::vector<directory_entry>>)>(
        detail::directory_step::next, std::string(), token);
  }

  /// Returns to the beginning: the next calls list what the directory contains then.
  ///
  /// \param token completes with `void(error_code)`: success, or `bad_descriptor` on a closed
  ///   reader.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> RewindToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_rewind(
      RewindToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start<detail::job_result<detail::job>, void(boost::system::error_code)>(
        detail::directory_step::rewind, std::string(), token);
  }

  /// Whether a directory is open. False while `async_open` is in flight.
  [[nodiscard]] bool is_open() const noexcept {
    return state_ != nullptr && detail::is_open(*state_);
  }

  /// Closes the directory; on a closed reader, does nothing. Does not wait: a call in flight
  /// completes with `operation_aborted` or with what it has already read, and the descriptor is
  /// closed after that. The reader may be opened again.
  void close() noexcept {
    if (state_) detail::close(*state_);
  }

  /// @cond
  // For `basic_directory`: `path` begins in the directory, and does not lead out of it.
  template <typename Token>
  auto start_open_beneath(const detail::file_state_ptr& directory, const std::string& path,
                     Token& token) {
    if (!state_) state_ = detail::make_directory_state(executor_);
    return detail::start_beneath<detail::job, void(boost::system::error_code),
                                 detail::job_result<detail::job>>(
        executor_, token, directory,
        detail::directory_job_factory{state_, detail::directory_step::open, path});
  }
  /// @endcond

 private:
  template <typename Result, typename Signature, typename Token>
  auto start(detail::directory_step what, const std::string& path, Token& token) {
    // A reader that was moved from has none until it is used again.
    if (!state_) state_ = detail::make_directory_state(executor_);
    return detail::start_job<detail::job, Signature, Result>(
        executor_, token, detail::directory_job_factory{state_, what, path});
  }

  executor_type executor_;
  detail::directory_state_ptr state_;
};

}  // namespace asiofile
