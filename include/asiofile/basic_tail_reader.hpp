// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The lines of a file that others append to, rotate, truncate and replace.

#include <asiofile/detail/background_handle.hpp>
#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/make_file.hpp>
#include <asiofile/detail/reader_token.hpp>
#include <asiofile/detail/tail_source.hpp>
#include <asiofile/tail_reader_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace asiofile {

/// Follows a file name: delivers the lines of the file that has the name as they are written, and
/// then those of the next file that gets the name. As `tail -F` does, but with a checkpoint from
/// which a later run can continue.
///
/// \code
/// asiofile::tail_reader log(executor, "/var/log/app.log", {.checkpoint = saved});
/// for (;;) {
///   const auto line = co_await log.async_next(asio::use_awaitable);  // waits for one
///   co_await ship(*line);
///   save(log.checkpoint());
/// }
/// \endcode
///
/// \par Lines
/// As those of `basic_line_reader`, with one difference: the end of a file does not end a line
/// while more may follow. It does once the file is finished (see below): each file's last line is
/// delivered, with a delimiter or without, and is never joined with the first line of the next
/// file.
///
/// \par Rotation
/// A file is finished, and the next one is begun, when it has been read to its end and
/// - another file has its name and holds data, or has itself been replaced. Everything that one
///   writer writes to the old file before the first byte of the new one is delivered. Several
///   writers that reopen the name at different times may write to the old file after that; this is
///   lost. Files that have both got and lost the name since the last check are read in their order
///   if they are still in the directory: `NAME.1` (a greater number is older), `NAME-20261128` and
///   the like (a greater one is newer), and the same before an extension (`app.1.log`; `app-2.log`
///   counts as the log of another program). A file that was moved to another directory, removed or
///   compressed meanwhile is lost.
/// - it has become shorter, or no longer holds what was read last: it was truncated. It is then
///   read from its beginning, as a new file. What was written between the last check and the
///   truncation is read from the copy that logrotate's `copytruncate` makes, if that is in the
///   directory under one of the names above. What is written between copy and truncation is lost
///   (logrotate(8)). A truncation goes unnoticed if, at the next check, the file is at least as
///   long as before and has the same 32 bytes before the position up to which it was read.
///
/// A file that has lost its name, while no other file or an empty one has it, may still be written
/// to by a program that has yet to reopen its log; so the reader continues to follow it. If it has
/// not grown for a `tail_reader_options::poll_interval`, its unfinished last line is delivered;
/// what is written after that is a line of its own.
///
/// The name may be a symbolic link. It is resolved again at each check, with all its directories.
/// They need not exist: the reader waits for them. A relative path is relative to the process's
/// working directory at the time of each check.
///
/// \par Notification
/// Where inotify(7) reports changes (Linux, local file systems), a change of the file or of names
/// in its directory wakes the reader. All readers of a context share one inotify descriptor and one
/// watch for each directory, and each has a watch on its file. The file is checked every
/// `poll_interval` instead where the limits of inotify(7) are reached, on NFS, FUSE and other
/// remote file systems, where it does not see changes by others, and on systems other than Linux.
/// Whether the directories of the path are still the same is checked every 5 seconds.
///
/// \par Checkpoint
/// `checkpoint()` is the position after the last line that was delivered. Save it when the lines
/// have been processed; a reader that is made with it continues there. It finds the file by its
/// inode, under any name in the directory, distinguishes it from another with the same inode by its
/// creation time and first bytes (`tail_checkpoint`), and then reads the files that came after it.
/// If the file is gone, the reader continues with those in the directory that were created later,
/// if the file system records that, otherwise with the one that has the name. A file whose first 64
/// bytes equal those of an earlier one (a constant header) cannot be distinguished from it on a
/// file system without creation times, or after a truncation.
///
/// \par Errors
/// Those of opening and reading: `permission_denied`, `is_a_directory`, `operation_not_supported`
/// for a FIFO or device, `io_error` and so on. A missing file or directory is not an error. An
/// error of opening is reported once until it changes: the next call waits until the file can be
/// opened. `message_size` as for `basic_line_reader`: the checkpoint is after the line.
/// `bad_descriptor` once closed; `already_started` (EALREADY) for a call while another is in
/// flight, which is not affected; `not_enough_memory`. After an error, the next call resumes at the
/// same position.
///
/// \par Completion
/// As that of `basic_file`: each handler runs exactly once, through its associated executor, and
/// never inside the initiating function.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total), `cancel`, `close`, or the
/// destructor: the call completes with `operation_aborted`. Nothing is lost: the next call delivers
/// the line.
///
/// \par Memory
/// While nothing is read, a reader has no buffer: it takes some 0.6 KiB; with a call that waits just
/// under 1 KiB (on a 64-bit system, with a small handler), and 0.3 KiB and the text once a line has
/// begun. It keeps the file open, even after that was removed, until the next one has data. A reader
/// has no thread of its own: the service's worker threads read, and one thread for the context
/// waits. A file system that does not answer holds up only the readers of its own names, as long as
/// there are threads left (`service_options::thread_count`): each of them occupies one meanwhile.
///
/// \par Fork
/// As for `basic_line_reader`. The child has an inotify descriptor of its own.
///
/// \par Thread safety
/// Distinct objects: safe. One object: a call may be started, and another one rejected, on any
/// thread; `cancel`, `close`, `checkpoint` and `is_open` are safe; `try_next`, and moving the
/// object, may not coincide with anything else.
template <typename Executor = boost::asio::any_io_executor>
class basic_tail_reader {
 public:
  /// The type of the executor associated with the reader.
  using executor_type = Executor;

  /// Rebinds the reader type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The reader type when rebound.
    using other = basic_tail_reader<Executor1>;
  };

  /// Makes a reader. Opens and reads nothing yet.
  ///
  /// \param ex the executor on which handlers without one of their own run; its context's
  ///   `file_service` does the work.
  /// \param path the name to follow; copied.
  /// \param options checked.
  /// \throws boost::system::system_error with `invalid_argument` for an option out of its range or
  ///   a path with a zero byte; std::bad_alloc.
  basic_tail_reader(const executor_type& ex, const std::string& path,
                    const tail_reader_options& options = {})
      : handle_(ex, detail::make_tail_source(detail::make_file(ex), path, options)) {}

  /// Makes a reader on `context.get_executor()`.
  template <detail::execution_context ExecutionContext>
  basic_tail_reader(ExecutionContext& context, const std::string& path,
                    const tail_reader_options& options = {})
      : basic_tail_reader(executor_type(context.get_executor()), path, options) {}

  /// Moves the reader here, with a call in flight. `other` may then only be destroyed or assigned
  /// to.
  basic_tail_reader(basic_tail_reader&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here, as the move constructor does.
  basic_tail_reader& operator=(basic_tail_reader&& other) noexcept = default;

  /// Cancels a call in flight. Does not wait: a worker thread closes the file.
  ~basic_tail_reader() = default;

  /// The executor associated with the reader.
  [[nodiscard]] const executor_type& get_executor() const noexcept {
    return handle_.get_executor();
  }

  /// Waits for the next line.
  ///
  /// \param token completes with `void(error_code, std::optional<std::string_view>)`: the line
  ///   without its delimiter, valid until the next call of any function or the destruction of the
  ///   reader; empty only on error. (There is no end: the signature is that of
  ///   `basic_line_reader::async_next`, so that a program can read with either.) The default is the
  ///   executor's default token, or `use_awaitable` if it has none (up to Boost 1.85).
  ///
  /// With `use_awaitable` the coroutine continues without suspending if the line is in memory.
  /// Await what is returned while the reader exists.
  template <boost::asio::completion_token_for<void(boost::system::error_code,
                                                   std::optional<std::string_view>)>
                NextToken = detail::default_reader_token<executor_type>>
  auto async_next(NextToken&& token = detail::default_reader_token<executor_type>()) {
    using coroutine = detail::awaitable_token<std::decay_t<NextToken>>;
    if constexpr (coroutine::value)
      return next_in_coroutine<typename coroutine::executor_type>();
    else
      return start_next(token);
  }

  /// Waits for the next line, and copies it into a string.
  ///
  /// \param token completes with `void(error_code, std::optional<std::string>)`, otherwise as that
  ///   of `async_next`.
  template <boost::asio::completion_token_for<void(boost::system::error_code,
                                                   std::optional<std::string>)>
                NextToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_next_string(
      NextToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<
        NextToken, void(boost::system::error_code, std::optional<std::string>)>(
        handle_.template call<detail::line_string_result>(), token);
  }

  /// Returns the next line if all of it is in memory. Does no I/O and never waits.
  ///
  /// \returns the line, valid as that of `async_next`; nothing if `async_next` has to be called, or
  ///   while a call is in flight.
  [[nodiscard]] std::optional<std::string_view> try_next() noexcept {
    std::string_view line;
    if (detail::take_tail_line(handle_.source(), line)) return line;
    return std::nullopt;
  }

  /// The position after the last line that was delivered (its handler is called, or `try_next` has
  /// returned it), in the file that it was in. Before the first line: what the reader was made
  /// with, or, once the file is known, where reading begins.
  [[nodiscard]] tail_checkpoint checkpoint() const noexcept {
    return detail::checkpoint_of_tail(handle_.source());
  }

  /// The length of the line that was last reported as `message_size`, in bytes, without its
  /// delimiter; 0 if there was none.
  [[nodiscard]] std::uint64_t too_long_line_bytes() const noexcept {
    return detail::too_long_tail_line_bytes(handle_.source());
  }

  /// Cancels a call in flight, which completes with `operation_aborted`.
  void cancel() { detail::cancel_tail(handle_.source()); }

  /// Closes the reader for good: a call in flight is cancelled, later ones complete with
  /// `bad_descriptor`. Lines that were not delivered are left for the next reader, from
  /// `checkpoint()` on. Does not wait.
  void close() { detail::close_tail(handle_.source()); }

  /// Whether it has not been closed.
  [[nodiscard]] bool is_open() const noexcept { return detail::is_tail_open(handle_.source()); }

 private:
  template <typename CoroutineExecutor>
  boost::asio::awaitable<std::optional<std::string_view>, CoroutineExecutor> next_in_coroutine() {
    if (auto line = try_next()) co_return line;
    boost::asio::use_awaitable_t<CoroutineExecutor> token;
    co_return co_await start_next(token);
  }

  template <typename NextToken>
  auto start_next(NextToken& token) {
    return boost::asio::async_initiate<
        NextToken, void(boost::system::error_code, std::optional<std::string_view>)>(
        handle_.template call<detail::line_view_result>(), token);
  }

  detail::background_handle<Executor> handle_;
};

}  // namespace asiofile
