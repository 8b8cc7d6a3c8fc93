// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Buffered, sequential writing of files.

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

/// Writes a file sequentially through buffers, which are filled and written at the same time.
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
/// `async_write` completes when its data has been copied into a buffer of the writer. A full buffer
/// is written in the background while the next one is filled; a write waits only if all buffers are
/// being written. So success of `async_write` means that the data was *accepted*; success of
/// `async_flush` or `async_close` means that it was *written*, as by write(2). It is durable after
/// a following `async_sync_data` on the file object, or, with `file_base::sync_on_close`, after
/// `async_close`.
///
/// \par Errors
/// An error of a background write, such as `no_space_on_device`, is reported by the next call and
/// by every later one, `async_close` included. Nothing is written after an error, so that the file
/// has no holes other than those of writes that were in flight together; data that was accepted but
/// not written is dropped. `bad_descriptor` if the file object was closed without the writer: data
/// that was not written by then is lost. `already_started` (EALREADY) for a call while another is
/// in flight, which is not affected.
///
/// \par Order
/// Data is stored in the order of the calls. Several buffers are written at a time, except where
/// the order of the writes determines their position: in files opened with `append`, FIFOs,
/// terminals and sockets. Other writes to the same range of the file, including those through the
/// file object, are not ordered with those of the writer.
///
/// \par The file
/// A writer uses the file that its file object has open when the writer is made, and has a position
/// of its own. File object and writer may be destroyed in any order.
///
/// \par Destroying it
/// Does not wait, and reports nothing: data that is not in a full buffer is dropped; full buffers
/// are written as long as the file object stays open, and `run()` does not return before that. So
/// finish with `async_close` or `async_flush`.
///
/// \par Completion
/// As for `basic_file`: each handler runs exactly once, through its associated executor, and never
/// inside the initiating function.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total), or the writer's destructor: the
/// call completes with `operation_aborted`; data that was accepted will still be written. Closing
/// cannot be cancelled once all data is written. `cancel` on the file object makes the background
/// writes fail, like any other error: all later calls report `operation_aborted`.
///
/// \par Direct files
/// On a file opened with `direct`, only multiples of `io_alignment::offset_bytes` can be flushed.
/// Otherwise flushing and every later call fail with `invalid_argument`.
///
/// \par Memory
/// Up to `buffer_bytes` times `buffers`, rounded up to a power of two; none while no data is
/// buffered or being written. Buffers are recycled, as those of `basic_line_reader`.
///
/// \par Fork
/// In the child, a writer that had writes in flight has failed with `operation_aborted`: the parent
/// does them. Data that was buffered and not yet being written is in both processes, as with stdio.
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

  /// Moves the writer here, with a call in flight. `other` may then only be destroyed or assigned
  /// to.
  basic_file_writer(basic_file_writer&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here, as the move constructor does.
  basic_file_writer& operator=(basic_file_writer&& other) noexcept = default;

  /// Cancels a call in flight. See the class.
  ~basic_file_writer() = default;

  /// The executor associated with the writer.
  [[nodiscard]] const executor_type& get_executor() const noexcept {
    return handle_.get_executor();
  }

  /// Writes data, through the writer's buffers.
  ///
  /// \param buffers a ConstBufferSequence, written in order. The sequence is copied; the memory
  ///   that it refers to must stay valid until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`: success, when all of it has been
  ///   accepted; or an error, and how many bytes were accepted.
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

  /// Writes all data that was accepted.
  ///
  /// \param token completes with `void(error_code)` when it is written, or with the first error.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> FlushToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_flush(
      FlushToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<FlushToken, void(boost::system::error_code)>(
        handle_.template call<detail::done_result>(detail::call_answer::request::flush), token);
  }

  /// Writes all data that was accepted, and closes the file object, as its `async_close` does:
  /// other operations on it are cancelled, and `file_base::sync_on_close` is honoured.
  ///
  /// The file is closed even if writing has failed. Closing again does nothing, and reports the
  /// same result.
  ///
  /// \param token completes with `void(error_code)`: the first error of writing, if there was one,
  ///   even if it was reported before; otherwise what closing reports.
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
