// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Files, line by line.

#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/basic_stream_file.hpp>
#include <asiofile/detail/background_handle.hpp>
#include <asiofile/detail/reader_token.hpp>
#include <asiofile/detail/sources.hpp>
#include <asiofile/line_reader_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace asiofile {

/// Reads a file line by line, and reads ahead. Each byte is read once.
///
/// \code
/// asiofile::stream_file file(executor, "access.log", asiofile::file_base::read_only);
/// asiofile::line_reader lines(file);
/// while (auto line = co_await lines.async_next(asio::use_awaitable)) count(*line);
/// \endcode
///
/// \par Lines
/// A line is a sequence of bytes, in any encoding, up to a delimiter of any bytes
/// (`line_reader_options::delimiter`). The last line need not end with a delimiter; a file that
/// does end with one has no empty line after it (as with `std::getline`). With `follow`, the last
/// line is delivered only when its delimiter has been read.
///
/// \par The fast loop
/// A completion costs more than finding a short line. `try_next` returns the lines that are already
/// in memory without one:
///
/// \code
/// while (auto line = co_await lines.async_next())
///   do count(*line);
///   while ((line = lines.try_next()));
/// \endcode
///
/// \par End of the file
/// At the end of the file, `async_next` completes with no line. End of file is not sticky: when
/// called again after the file has grown, it continues there.
///
/// \par Following a log
/// With `follow`, call `async_next` again from time to time, or when inotify(7) reports a change.
/// When a log is *renamed* and created anew, read this file to its end, then open the name again.
/// When a log is *truncated* (logrotate's `copytruncate`), it stays the same file and the reader
/// keeps its position: it delivers nothing until the file has grown past that, and then continues
/// in the middle of the new content. So compare the file's size (`async_size`) with `position()` at
/// each end of file; if it is smaller, continue with a new reader at offset 0. What was written
/// between the copy and the truncation is lost to every reader, and a file that has already grown
/// past the position again cannot be told from one that was never truncated. `basic_tail_reader`
/// handles all of this.
///
/// \par Going on after a restart
/// Save `position()` when the lines before it have been processed, and pass it to the next reader
/// as `line_reader_options::offset`.
///
/// \par The file
/// A reader uses the file that its file object has open when the reader is made, and has a position
/// of its own, independent of other readers and of the file object's own operations. (A FIFO,
/// terminal or socket has no position: what is read is consumed for all others.) File object and
/// reader may be destroyed in any order. Once the file object is closed, even if it is opened
/// again, the reader delivers the lines in memory and then `bad_descriptor`; a call in flight
/// completes with `operation_aborted`.
///
/// \par Errors
/// Those of reading (`basic_random_access_file::async_read_some_at`, except `eof`). `message_size`
/// (EMSGSIZE) instead of a line longer than `max_line_bytes`, when all of it has been read and
/// dropped: `too_long_line_bytes` returns its length, `position` is after it, and the next call
/// delivers the line that follows. `not_enough_memory`. `already_started` (EALREADY) for a call
/// while another is in flight, which is not affected. After an error, the next call resumes at the
/// same position.
///
/// \par Completion
/// As for `basic_file`: each handler runs exactly once, through its associated executor, and never
/// inside the initiating function.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total), or the reader's destructor: the
/// call completes with `operation_aborted`. Nothing is lost: the next call delivers the line.
/// `cancel` and `close` of the file object do the same to a call that has to wait.
///
/// \par Memory
/// While a call waits or lines are in memory: up to `buffer_bytes` times `read_ahead` + 2, rounded
/// up to a power of two (less for a short file), plus the length of a line that spans several
/// reads. At the end of the file: only the unfinished line (and some 500 bytes for the object). The
/// buffers are not zero-filled before they are read into, and the service keeps some, at most 1 MiB
/// of each size, for the next reader.
///
/// \par Fork
/// Between `notify_fork(fork_prepare)` and `fork_parent` or `fork_child`, readers pause. In the
/// child a call that was in flight completes with `operation_aborted`, and the next one delivers
/// its line. `try_next` may not coincide with the fork.
///
/// \par Thread safety
/// Distinct objects: safe, even on one file. One object: a call may be started, and another one
/// rejected, on any thread; `try_next`, and moving the object, may not coincide with anything else.
template <typename Executor = boost::asio::any_io_executor>
class basic_line_reader {
 public:
  /// The type of the executor associated with the reader: that of its file.
  using executor_type = Executor;

  /// Rebinds the reader type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The reader type when rebound.
    using other = basic_line_reader<Executor1>;
  };

  /// Makes a reader that begins at the file's position, or at `options.offset`. Reads nothing yet.
  ///
  /// \param file need not outlive the reader. On a closed one, calls complete with
  ///   `bad_descriptor`.
  /// \param options checked.
  /// \throws boost::system::system_error with `invalid_argument` for an option out of its range;
  ///   std::bad_alloc.
  explicit basic_line_reader(basic_stream_file<Executor>& file,
                             const line_reader_options& options = {})
      : handle_(file.get_executor(),
                detail::make_line_source(detail::shared_state_access::of(file), options,
                                         detail::starting_place::position)) {}

  /// Makes a reader that begins at the start of the file, or at `options.offset`.
  ///
  /// \copydetails basic_line_reader(basic_stream_file<Executor>&, const line_reader_options&)
  explicit basic_line_reader(basic_random_access_file<Executor>& file,
                             const line_reader_options& options = {})
      : handle_(file.get_executor(),
                detail::make_line_source(detail::shared_state_access::of(file), options,
                                         detail::starting_place::beginning)) {}

  /// Moves the reader here, with a call in flight. `other` may then only be destroyed or assigned
  /// to.
  basic_line_reader(basic_line_reader&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here, as the move constructor does.
  basic_line_reader& operator=(basic_line_reader&& other) noexcept = default;

  /// Cancels a call in flight. Does not wait: reads in flight end by themselves.
  ~basic_line_reader() = default;

  /// The executor associated with the reader.
  [[nodiscard]] const executor_type& get_executor() const noexcept {
    return handle_.get_executor();
  }

  /// Reads the next line.
  ///
  /// \param token completes with `void(error_code, std::optional<std::string_view>)`: the line
  ///   without its delimiter, valid until the next call of any function or the destruction of the
  ///   reader; at the end of the file, no line and success. The default is the executor's default
  ///   token, or `use_awaitable` if it has none (up to Boost 1.85).
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

  /// Reads the next line into a string.
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
  /// \returns the line, valid as that of `async_next`; nothing if `async_next` has to be called
  ///   (for a line, the end of the file or an error), or while a call is in flight.
  [[nodiscard]] std::optional<std::string_view> try_next() noexcept {
    std::string_view line;
    if (detail::take_line(handle_.source(), line)) return line;
    return std::nullopt;
  }

  /// Where the next unread line begins, in bytes from the start of the file: a checkpoint from
  /// which another reader can continue (`line_reader_options::offset`).
  ///
  /// A line counts as read when its handler is called or `try_next` has returned it; one that is
  /// too long, when `message_size` is reported. So the position does not change while a call is in
  /// flight, and it is the start of an unfinished line, however much of that is in memory. For a
  /// FIFO, terminal or socket it counts from where the reader began.
  [[nodiscard]] std::uint64_t position() const noexcept {
    return detail::position_of_lines(handle_.source());
  }

  /// The length of the line that was last reported as `message_size`, in bytes, without its
  /// delimiter; 0 if there was none.
  [[nodiscard]] std::uint64_t too_long_line_bytes() const noexcept {
    return detail::too_long_line_bytes(handle_.source());
  }

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
