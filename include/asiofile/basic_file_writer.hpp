// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Files that are written from one place on, through buffers.

#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/basic_stream_file.hpp>
#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/background_handle.hpp>
#include <asiofile/detail/sources.hpp>
#include <asiofile/file_writer_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>

namespace asiofile {

/// Writes a file from one place on: gathers what it is given, and writes it while more comes.
///
/// \code
/// asiofile::stream_file file(executor, "out.csv", asiofile::parse_open_mode("w"));
/// asiofile::file_writer writer(file);
/// for (const record& each : records)
///   co_await writer.async_write(asio::buffer(to_text(each)), asio::use_awaitable);
/// co_await writer.async_close(asio::use_awaitable);
/// \endcode
///
/// \par When data is written
/// `async_write` completes when its data is copied into a buffer of the writer's. A full buffer is
/// written in the background; the next one is filled meanwhile, and a write waits only where all of
/// them are being written. So the success of `async_write` says that the data was *taken*; that of
/// `async_flush` or `async_close`, that it was *written*, as by write(2). Durable it is after
/// `async_sync_data` on the file object has followed, or with `file_base::sync_on_close` after
/// `async_close`.
///
/// \par Errors
/// Of writing in the background, such as `no_space_on_device`: the next call completes with it, and
/// so does every one after that, `async_close` among them. Nothing is written after an error, so
/// that the file has no holes but those of writes that were in flight together; what was taken and
/// not written is dropped. `bad_descriptor` where the file object was closed by itself; data that
/// was not written by then is lost, and this is how one hears of it. `already_started` (EALREADY)
/// for a call while another is under way, on which it has no effect.
///
/// \par Order
/// Data lies in the file in the order of the calls. Several buffers are written at a time, except
/// where their order decides where they land: on files opened with `append`, FIFOs, terminals,
/// sockets. Writes of others to the same range of the file, through the file object too, are not
/// ordered with those of the writer.
///
/// \par The file
/// A writer belongs to what its file object has open when the writer is made, and has a position of
/// its own. File object and writer may be destroyed in any order.
///
/// \par Destroying it
/// Waits for nothing, and reports nothing: what is not yet in a full buffer is dropped; full ones
/// are written as long as the file object stays open. So end with `async_close` or `async_flush`.
/// `run()` does not return while that goes on.
///
/// \par Completion
/// As that of `basic_file`: each handler runs exactly once, through its associated executor, and
/// never inside the initiating function.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total), or the writer's destructor: the
/// call completes with `operation_aborted`; what was taken stays taken, and will be written.
/// Closing cannot be cancelled once all data is written. `cancel` on the file object is an error
/// like any other to data that is being written: `operation_aborted`, to the end.
///
/// \par Direct files
/// On a file opened with `direct`, only multiples of `io_alignment::offset_bytes` can be flushed:
/// `invalid_argument` otherwise, and so does every later call.
///
/// \par Memory
/// Up to `buffer_bytes` times `buffers`, rounded up to a power of two; none while nothing is
/// gathered or being written. Buffers are recycled, as those of `basic_line_reader`.
///
/// \par Fork
/// In the child, a writer that had writes in flight has failed, with `operation_aborted`: they are
/// the parent's. What was gathered and not yet being written is in both, as with stdio.
///
/// \par Thread safety
/// Distinct objects: safe. One object: a call may be started, and another one rejected, on any
/// thread; moving the object may not coincide with anything else.
template <typename Executor = boost::asio::any_io_executor>
class basic_file_writer {
 public:
  /// The type of the executor associated with the writer: that of its file.
  using executor_type = Executor;

  /// Rebinds the writer type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The writer type when rebound.
    using other = basic_file_writer<Executor1>;
  };

  /// Makes a writer that begins at the file's position, or at `options.offset`.
  ///
  /// \param file need not outlive the writer. On a closed one, calls complete with
  ///   `bad_descriptor`.
  /// \param options checked.
  /// \throws boost::system::system_error with `invalid_argument` for an option out of its range;
  ///   std::bad_alloc.
  explicit basic_file_writer(basic_stream_file<Executor>& file,
                             const file_writer_options& options = {})
      : handle_(file.get_executor(),
                detail::make_write_behind(detail::shared_state_access::of(file), options,
                                          detail::starting_place::position)) {}

  /// Makes a writer that begins at the start of the file, or at `options.offset`.
  ///
  /// \copydetails basic_file_writer(basic_stream_file<Executor>&, const file_writer_options&)
  explicit basic_file_writer(basic_random_access_file<Executor>& file,
                             const file_writer_options& options = {})
      : handle_(file.get_executor(),
                detail::make_write_behind(detail::shared_state_access::of(file), options,
                                          detail::starting_place::beginning)) {}

  /// Moves the writer here, with a call that is in flight. `other` may then only be destroyed or
  /// assigned to.
  basic_file_writer(basic_file_writer&& other) noexcept = default;

  /// As the destructor, then as the constructor.
  basic_file_writer& operator=(basic_file_writer&& other) noexcept = default;

  /// A call under way is cancelled. See the class.
  ~basic_file_writer() = default;

  /// The executor associated with the writer.
  [[nodiscard]] const executor_type& get_executor() const noexcept {
    return handle_.get_executor();
  }

  /// Gives the writer data.
  ///
  /// \param buffers a ConstBufferSequence, taken in order. The sequence is copied; the memory that
  ///   it names must stay valid until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`: success, and all of it is taken;
  ///   or an error, with how many bytes have been taken.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write(const ConstBufferSequence& buffers,
                   WriteToken&& token =
                       boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<WriteToken,
                                       void(boost::system::error_code, std::size_t)>(
        handle_.call_taking(), token, buffers);
  }

  /// Has all data written that was taken.
  ///
  /// \param token completes with `void(error_code)` when it is, or with the first error.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> FlushToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_flush(
      FlushToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<FlushToken, void(boost::system::error_code)>(
        handle_.template call<detail::done_result>(detail::call_answer::request::flush), token);
  }

  /// Has all data written that was taken, and closes the file object, as its `async_close` does:
  /// operations of others on it are cancelled, and `file_base::sync_on_close` is honoured.
  ///
  /// The file is closed also where writing has failed. Closing again does nothing, and reports the
  /// same.
  ///
  /// \param token completes with `void(error_code)`: the first error of writing, if there was one,
  ///   told before or not; otherwise what closing reports.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> CloseToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_close(
      CloseToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<CloseToken, void(boost::system::error_code)>(
        handle_.template call<detail::done_result>(detail::call_answer::request::close), token);
  }

 private:
  detail::background_handle<Executor> handle_;
};

}  // namespace asiofile
