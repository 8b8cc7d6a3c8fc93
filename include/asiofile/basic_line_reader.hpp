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

/// Reads a file line by line, each byte once, ahead of its user.
///
/// \code
/// asiofile::stream_file file(executor, "access.log", asiofile::file_base::read_only);
/// asiofile::line_reader lines(file);
/// while (auto line = co_await lines.async_next(asio::use_awaitable)) count(*line);
/// \endcode
///
/// \par Lines
/// Are bytes, of any encoding, between delimiters of any bytes (`line_reader_options::delimiter`).
/// A file that ends without a delimiter has a last line all the same; one that ends with it has no
/// empty line behind it (as `std::getline` sees it). With `follow`, a last line is given out only
/// when its delimiter has come.
///
/// \par The fast loop
/// Each completion costs more than finding a short line does. `try_next` gives the lines that are
/// in memory already, without one:
///
/// \code
/// while (auto line = co_await lines.async_next())
///   do count(*line);
///   while ((line = lines.try_next()));
/// \endcode
///
/// \par End of the file
/// End of file is not sticky: `async_next` completes with nothing, and when called again goes on
/// where the file has grown.
///
/// \par Following a log
/// With `follow`, ask again from time to time, or when inotify(7) reports a change. A log that is
/// *renamed* and made anew goes on under its old name only in a new file: read this one to its end,
/// then open the name again. One that is *truncated* (logrotate's `copytruncate`) stays the same
/// file, and the reader keeps its position: it gives nothing until the file is longer than that
/// again, and then continues in the middle of the new content. So compare the file's size
/// (`async_size`) with `position()` at each end of file; where it is smaller, go on with a new
/// reader at offset 0. What was written between the copy and the truncation is lost to every
/// reader, and a file that has grown past the position again before it was looked at cannot be told
/// from one that was never truncated.
///
/// \par Going on after a restart
/// Save `position()` when the lines before it have been dealt with, and make the next reader with
/// it as `line_reader_options::offset`.
///
/// \par The file
/// A reader belongs to what its file object has open when the reader is made, and has a position
/// of its own: neither other readers nor the file object's own operations move it, nor it theirs.
/// (A FIFO, terminal or socket has no positions: what is read is gone for all others.) File object
/// and reader may be destroyed in any order. Once the file object is closed, even if it is opened
/// again, there are the lines in memory, and then `bad_descriptor`; `operation_aborted` for a call
/// that was under way.
///
/// \par Errors
/// Those of reading (`basic_random_access_file::async_read_some_at`, but for `eof`); `message_size`
/// (EMSGSIZE) in the place of a line longer than `max_line_bytes`, when all of it has been read and
/// dropped: `too_long_line_bytes` says how long it was, `position` is behind it, and the next call
/// gives the line after it; `not_enough_memory`; `already_started` (EALREADY) for a call while
/// another is under way, on which it has no effect. After an error, the next call resumes at the
/// same place.
///
/// \par Completion
/// As that of `basic_file`: each handler runs exactly once, through its associated executor, and
/// never inside the initiating function.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total), or the reader's destructor: the
/// call completes with `operation_aborted` and nothing is lost, the next one gives the line.
/// `cancel` and `close` of the file object do the same to a call that has to wait.
///
/// \par Memory
/// While a call waits or lines are in memory: up to `buffer_bytes` times `read_ahead` + 2, rounded
/// up to a power of two (less for a short file), and as much as a line takes that several reads
/// give. At the end of the file: the line that is not finished, and nothing else (some 500 bytes
/// for the object). The buffers are not filled before they are read into, and the service keeps a
/// few, at most 1 MiB of each size, for the next reader.
///
/// \par Fork
/// Between `notify_fork(fork_prepare)` and the others, all is held. In the child a call that was
/// under way completes with `operation_aborted`, and the next one gives its line. `try_next` may
/// not coincide with the fork.
///
/// \par Thread safety
/// Distinct objects: safe, on one file too. One object: a call may be started, and another one
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

  /// Moves the reader here, with a call that is in flight. `other` may then only be destroyed or
  /// assigned to.
  basic_line_reader(basic_line_reader&& other) noexcept = default;

  /// As the destructor, then as the constructor.
  basic_line_reader& operator=(basic_line_reader&& other) noexcept = default;

  /// A call under way is cancelled. Waits for nothing: reads in flight end by themselves.
  ~basic_line_reader() = default;

  /// The executor associated with the reader.
  [[nodiscard]] const executor_type& get_executor() const noexcept {
    return handle_.get_executor();
  }

  /// Asks for the next line.
  ///
  /// \param token completes with `void(error_code, std::optional<std::string_view>)`: the line
  ///   without its delimiter, valid until the next call of any function or the destruction of the
  ///   reader; nothing, and success, at the end of the file. Where none is given and the executor
  ///   has no default one (up to Boost 1.85), `use_awaitable`.
  ///
  /// With `use_awaitable` the coroutine continues without suspending where the line is in memory.
  /// What is returned is to be awaited while the reader exists.
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

  /// Asks for the next line, and for a copy of it.
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
  /// \returns the line, valid as that of `async_next`; nothing where `async_next` has to be asked
  ///   (for a line, the end of the file or an error), or while a call is under way.
  [[nodiscard]] std::optional<std::string_view> try_next() noexcept {
    std::string_view line;
    if (detail::take_line(handle_.source(), line)) return line;
    return std::nullopt;
  }

  /// Where the next unread line begins, in bytes from the start of the file: a checkpoint, with
  /// which another reader goes on (`line_reader_options::offset`).
  ///
  /// A line counts as read when its handler is called, or `try_next` has returned it; one that is
  /// too long, when `message_size` is told. So it does not change while a call is under way, and it
  /// is the start of a line that is not finished, whatever of that is in memory. Of a FIFO,
  /// terminal or socket: counted from where the reader began.
  [[nodiscard]] std::uint64_t position() const noexcept {
    return detail::position_of_lines(handle_.source());
  }

  /// How long the line was that a call has last reported as `message_size`, in bytes, without its
  /// delimiter. 0 where none has.
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
