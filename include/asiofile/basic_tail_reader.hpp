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

/// Follows a name: delivers the lines of the file that has it, as they are written, and then those
/// of the next file that has it. As `tail -F` does, and with a checkpoint to go on from.
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
/// As those of `basic_line_reader`, with one difference: the end of a file ends no line as long as
/// more may come. It does where the file is finished (below); so each file's last line is delivered,
/// with a delimiter or without, and is never joined with the first of the next file.
///
/// \par Rotation
/// A file is finished, and the next one begun, when it has been read to its end and
/// - another file has its name and holds data, or has itself been superseded. What one writer
///   writes to the old file before the first byte of the new one is all delivered. Several writers
///   that reopen the name at different times may write to the old file after that; this is lost. Of
///   files that have both come and gone since the last look, those that are still in the directory
///   are read in their order: `NAME.1` (the greater number is older), `NAME-20261128` and the like
///   (the greater is newer), and the same before an extension (`app.1.log`; but `app-2.log` is taken
///   for the log of another program). One that was moved to another directory, removed, or
///   compressed meanwhile is lost.
/// - it has got shorter, or no longer holds what was read last: it was truncated. It is then read
///   from its beginning, as a new file. What was written between the last look and the truncation
///   is read from the copy that logrotate's `copytruncate` makes, if that is in the directory under
///   one of the names above. What comes between copy and truncation is in no file (logrotate(8)).
///   One cannot be told from a file that was never truncated if it is, by the time of the next
///   look, as long as before or longer, and holds the same 32 bytes before the place where reading
///   had come to.
///
/// A file that has lost its name while there is no other, or an empty one, may still be written to
/// (by a program that has yet to reopen its log), and is followed. If it has not grown for a
/// `tail_reader_options::poll_interval`, its unfinished last line is delivered; what is written to
/// it after that is another line.
///
/// The name may be a symbolic link, and is looked up anew each time, with all its directories. They
/// need not exist: the reader waits for them. A relative path begins in the process's working
/// directory at the time of each look.
///
/// \par Notification
/// Where inotify(7) reports changes (Linux, local file systems) a change of the file or of names in
/// its directory ends the wait. All readers of a context share one inotify descriptor and one
/// watch for each directory, and each has a watch on its file; where the limits of inotify(7) are
/// reached, on NFS, FUSE and other remote file systems, whose changes by others it does not see,
/// and elsewhere than on Linux, the file is looked at every `poll_interval` instead. Whether the
/// path's directories are still the same is looked at every 5 seconds.
///
/// \par Checkpoint
/// `checkpoint()` is the place behind the last line that was delivered. Save it when the lines have
/// been dealt with; a reader that is made with it goes on there. It finds the file by its inode,
/// under whatever name in the directory, tells it from another with the same inode by its time of
/// creation and first bytes (`tail_checkpoint`), and then reads those that came after it. Is the
/// file gone, it goes on with those in the directory that were created later, as far as the file
/// system records that, else with the one that has the name. A file whose first 64 bytes are those
/// of an earlier one (a constant heading) is not told from that on a file system without times of
/// creation, or where it was truncated.
///
/// \par Errors
/// Those of opening and reading: `permission_denied`, `is_a_directory`, `operation_not_supported`
/// for a FIFO or device, `io_error` and so on; that a name or a directory does not exist is none.
/// An error of opening is reported once, as long as it stays the same: the next call waits until the
/// file can be opened. `message_size` as for `basic_line_reader`: the checkpoint is behind the line.
/// `bad_descriptor` once closed; `already_started` (EALREADY) for a call while another is under way,
/// on which it has no effect; `not_enough_memory`. After an error, the next call goes on at the same
/// place.
///
/// \par Completion
/// As that of `basic_file`: each handler runs exactly once, through its associated executor, and
/// never inside the initiating function.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total), `cancel`, `close`, or the
/// destructor: the call completes with `operation_aborted` and nothing is lost, the next one gives
/// the line.
///
/// \par Memory
/// While nothing is read, a reader has no buffer: some 0.6 KiB, with a call that waits just under
/// 1 KiB (of 64 bits, with a small handler), and 0.3 KiB and the text where a line has begun. It
/// keeps the file open, also one that was removed, until the next one has data. No thread belongs to
/// a reader: those of the service's threads engine read, and one for the context waits. A file
/// system that does not answer holds up the readers of its own names only, as long as there are
/// threads left: each of them occupies one (`service_options::thread_count`) meanwhile.
///
/// \par Fork
/// As for `basic_line_reader`. The child has an inotify descriptor of its own.
///
/// \par Thread safety
/// Distinct objects: safe. One object: a call may be started, and another one rejected, on any
/// thread; `cancel`, `close`, `checkpoint` and `is_open` are safe; `try_next`, and moving the object,
/// may not coincide with anything else.
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
  /// \throws boost::system::system_error with `invalid_argument` for an option out of its range or a
  ///   path with a zero byte; std::bad_alloc.
  basic_tail_reader(const executor_type& ex, const std::string& path,
                    const tail_reader_options& options = {})
      : handle_(ex, detail::make_tail_source(detail::make_file(ex), path, options)) {}

  /// The same on `context.get_executor()`.
  template <detail::execution_context ExecutionContext>
  basic_tail_reader(ExecutionContext& context, const std::string& path,
                    const tail_reader_options& options = {})
      : basic_tail_reader(executor_type(context.get_executor()), path, options) {}

  /// Takes over the reader, with a call that is under way. `other` may then only be destroyed or
  /// assigned to.
  basic_tail_reader(basic_tail_reader&& other) noexcept = default;

  /// As the destructor, then as the constructor.
  basic_tail_reader& operator=(basic_tail_reader&& other) noexcept = default;

  /// A call under way is cancelled. Waits for nothing: the file is closed by a worker.
  ~basic_tail_reader() = default;

  /// The executor associated with the reader.
  [[nodiscard]] const executor_type& get_executor() const noexcept {
    return handle_.get_executor();
  }

  /// Waits for the next line.
  ///
  /// \param token completes with `void(error_code, std::optional<std::string_view>)`: the line
  ///   without its delimiter, valid until the next call of any function or the destruction of the
  ///   reader; nothing, and then an error. (There is no end: the signature is that of
  ///   `basic_line_reader::async_next`, so that a program can read with either.) Where none is given
  ///   and the executor has no default one (up to Boost 1.85), `use_awaitable`.
  ///
  /// With `use_awaitable` the coroutine goes on at once where the line is in memory. What is
  /// returned is to be awaited while the reader exists.
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

  /// Waits for the next line, and makes a copy of it.
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

  /// Takes the next line, where it is in memory in whole. Does no I/O and never waits.
  ///
  /// \returns the line, valid as that of `async_next`; nothing where `async_next` has to be asked,
  ///   or while a call is under way.
  [[nodiscard]] std::optional<std::string_view> try_next() noexcept {
    std::string_view line;
    if (detail::take_tail_line(handle_.source(), line)) return line;
    return std::nullopt;
  }

  /// The place behind the last line that was delivered (its handler is called, or `try_next` has
  /// returned it), in the file that it was in. Before the first: what the reader was made with, or,
  /// once the file is known, where it begins.
  [[nodiscard]] tail_checkpoint checkpoint() const noexcept {
    return detail::checkpoint_of_tail(handle_.source());
  }

  /// How long the line was that a call has last reported as `message_size`, in bytes, without its
  /// delimiter. 0 where none has.
  [[nodiscard]] std::uint64_t too_long_line_bytes() const noexcept {
    return detail::too_long_tail_line_bytes(handle_.source());
  }

  /// Ends a call that is under way with `operation_aborted`.
  void cancel() { detail::cancel_tail(handle_.source()); }

  /// Closes the reader for good: a call under way is cancelled, later ones complete with
  /// `bad_descriptor`. Lines that were not asked for are for the next reader, from `checkpoint()`
  /// on. Waits for nothing.
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
