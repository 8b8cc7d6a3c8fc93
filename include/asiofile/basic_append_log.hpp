// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Logs: records that are appended concurrently and made durable together.

#include <asiofile/append_log_options.hpp>
#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/log_initiation.hpp>
#include <asiofile/detail/log_state.hpp>
#include <asiofile/detail/shared_state_access.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <utility>

namespace asiofile {

/// A durable log: `async_append` completes when the record *and everything before it* is on the
/// device. Records that any number of coroutines and threads append while a batch is being written
/// are made durable together, with one write and one sync (group commit).
///
/// \code
/// asiofile::random_access_file file(executor, "events.log",
///                                   asiofile::file_base::read_write |
///                                   asiofile::file_base::create);
/// asiofile::append_log log(std::move(file));
/// const std::uint64_t at = co_await log.async_append(asio::buffer(record), asio::use_awaitable);
/// co_await log.async_close(asio::use_awaitable);
/// \endcode
///
/// \par Records
/// The log adds no framing: the file holds the bytes that it was given, one record directly after
/// the other, in the order in which `async_append` was called. After a crash the file has every
/// acknowledged record, possibly followed by others, whole or in part. Give each record a length
/// and a checksum, so that the end of the log can be found; a new log continues there
/// (`append_log_options::offset`).
///
/// \par Batches
/// One batch of up to `append_log_options::buffer_bytes` is written at a time. Records that are
/// appended meanwhile wait for the next batch, in order, in the caller's memory: an append
/// completes, and its buffers may be reused, only when the record is durable. So the appends in
/// flight are the queue; limit their number for back-pressure. A record longer than `buffer_bytes`
/// is written in several batches, and acknowledged with the last.
///
/// An append on an idle log is written without delay: it does not wait for others to join it.
///
/// \par Acknowledgement
/// Where one thread runs the context, handlers are called in the order of the records. Where
/// several do, handlers of neighbouring records may run in either order, even through a strand.
///
/// \par Errors
/// The first error of a write, a sync or an allocation is final. Every waiting and every later
/// append completes with it. Nothing is written after it, and a failed sync is not retried, because
/// the kernel reports a lost write only once (fsync(2)). Acknowledged records are not affected.
/// What the file holds after `durable_end` is then unknown: open the file again and read it.
/// Unless there was such an error, appends complete with `bad_descriptor` after `async_close`, and
/// if the file was closed when the log was made.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total). Until writing the record begins,
/// it is removed without leaving a gap, and the append completes with `operation_aborted`: the
/// record is not in the file, and never will be. From then on cancelling has no effect, and the
/// append completes when the record is durable. Closing cannot be cancelled.
///
/// \par Closing and destroying it
/// `async_close` writes the waiting records and closes the file. The destructor closes the file
/// without waiting. Waiting appends complete with `operation_aborted`, and their records are not
/// written. Appends that are being written are cancelled: they complete with success if they became
/// durable all the same, otherwise with `operation_aborted`, and their records may or may not be in
/// the file.
///
/// \par Direct files
/// On a file opened with `direct`, whole blocks are written (`io_alignment::offset_bytes`). The
/// last block is padded with zeros, and the next batch writes it again, with the same records at
/// its start. So the file's size is a multiple of the block size, and a reader sees zeros after the
/// last record. Where `offset` is not a multiple, the log first reads the block that contains it:
/// such a file must also be open for reading.
///
/// \par Preallocated files
/// A sync costs less where it has no metadata to write: no new size, no new blocks. That is the
/// case where records overwrite blocks that have been written before: in a file that was filled
/// with zeros, or one that held an older log. With `append_log_options::preallocated_bytes` the log
/// itself allocates space ahead (fallocate(2)); file systems then still record which of the blocks
/// are written. `async_close` cuts off the padding and the space that the log has added after its
/// last record, but nothing that the file had before. After a crash, the zeros remain.
///
/// \par Memory
/// Up to twice `buffer_bytes`, rounded up to a power of two; none while nothing is being written.
/// Waiting records are not copied.
///
/// \par Completion
/// As for `basic_file`: each handler runs exactly once, through its associated executor, and never
/// inside the initiating function.
///
/// \par Fork
/// In the child, a log that had appends in flight has failed with `operation_aborted`: the parent
/// writes them. An idle log is usable in both processes, but only one of them may go on appending
/// to it.
///
/// \par Thread safety
/// Distinct objects: safe. One object: its functions may be called from any number of threads at a
/// time; moving it, assigning to it or destroying it may not coincide with anything else.
template <typename Executor = boost::asio::any_io_executor>
class basic_append_log {
 public:
  /// The type of the executor associated with the log: that of its file.
  using executor_type = Executor;

  /// Rebinds the log type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The log type when rebound.
    using other = basic_append_log<Executor1>;
  };

  /// Makes a log on a file. Looks up the file's size (fstat(2), which may block on a network file
  /// system) if `append_log_options::offset` is not set, if `preallocated_bytes` is, or if the file
  /// is direct.
  ///
  /// \param file the log takes ownership of it: nobody else may write to it from the log's end on.
  ///   To read it while the log is open, make a `clone` of it first. If it is closed, calls
  ///   complete with `bad_descriptor`.
  /// \param options checked.
  /// \throws boost::system::system_error with `invalid_argument` for an option out of its range, a
  ///   file opened with `append` (which decides itself where records go) or one that is not a
  ///   regular file or block device; with what fstat(2) reports; std::bad_alloc. `file` is then
  ///   unchanged.
  explicit basic_append_log(basic_random_access_file<Executor>&& file,
                            const append_log_options& options = {})
      : basic_append_log(detail::make_log(detail::shared_state_access::of(file), options),
                         std::move(file)) {}

  /// Moves the log here, with the calls in flight. `other` may then only be destroyed or assigned
  /// to.
  basic_append_log(basic_append_log&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here, as the move constructor does.
  basic_append_log& operator=(basic_append_log&& other) noexcept {
    log_ = std::move(other.log_);
    file_ = std::move(other.file_);
    executor_ = other.executor_;
    return *this;
  }

  /// Cancels the waiting appends and closes the file. See the class.
  ~basic_append_log() = default;

  /// The executor associated with the log.
  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

  /// Appends a record.
  ///
  /// \param buffers a ConstBufferSequence: the record, of any size. The sequence is copied; the
  ///   memory that it refers to must stay valid and unchanged until the handler runs. An empty
  ///   record has the offset of the next one, and completes when everything before it is durable.
  /// \param token completes with `void(error_code, std::uint64_t)`: success, and the record's
  ///   offset in bytes from the start of the file; or an error, and 0.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::uint64_t)>
                AppendToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_append(
      const ConstBufferSequence& buffers,
      AppendToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<AppendToken, void(boost::system::error_code, std::uint64_t)>(
        detail::initiate_append<Executor>(executor_, log_.state()), token, buffers);
  }

  /// Waits until everything that was appended before this call is durable.
  ///
  /// \param token completes with `void(error_code)` when it is, or with the log's error.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> FlushToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_flush(FlushToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<FlushToken, void(boost::system::error_code)>(
        detail::initiate_log_call<Executor>(executor_, log_.state(), detail::log_call::flush),
        token);
  }

  /// Makes everything that was appended before this call durable, and closes the file.
  ///
  /// The file is closed even if writing has failed. Later appends complete with `bad_descriptor`, or
  /// with the error of the writing that has failed.
  /// Closing again does nothing, and reports the same result.
  ///
  /// \param token completes with `void(error_code)`: the log's error, if there is one, even if it
  ///   was reported before; otherwise what truncating (see the class) or closing the file reports.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> CloseToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_close(CloseToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<CloseToken, void(boost::system::error_code)>(
        detail::initiate_log_call<Executor>(executor_, log_.state(), detail::log_call::close),
        token);
  }

  /// The offset that a record appended now would get, in bytes from the start of the file, unless
  /// one before it is cancelled or fails.
  [[nodiscard]] std::uint64_t next_offset() const noexcept {
    return detail::next_offset(*log_.state());
  }

  /// Where the durable part of the log ends, in bytes from the start of the file: every record
  /// before it is durable. Initially, where the log begins. It may be ahead of what handlers have
  /// reported.
  [[nodiscard]] std::uint64_t durable_end() const noexcept {
    return detail::durable_end(*log_.state());
  }

 private:
  basic_append_log(detail::log_state_ptr made, basic_random_access_file<Executor>&& file)
      : executor_(file.get_executor()), file_(std::move(file)), log_(std::move(made)) {}

  executor_type executor_;
  basic_random_access_file<Executor> file_;
  // Destroyed before the file: waiting records must not be written.
  detail::log_handle log_;
};

}  // namespace asiofile
