// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Logs: records that are appended from many places, and made durable together.

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
/// device. What is appended meanwhile, by any number of coroutines and threads, is gathered, and
/// made durable with one write and one sync (group commit).
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
/// The log frames nothing: the file holds the bytes that it was given, one record directly behind
/// the other, in the order in which `async_append` was called. After a crash the file has every
/// acknowledged record, and behind the last of them perhaps some others, whole or in part: records
/// that name their length and a checksum tell where the log ends. A new log then goes on there:
/// `append_log_options::offset`.
///
/// \par Batches
/// One batch is being written at a time, up to `append_log_options::buffer_bytes` of it. Whatever
/// is appended meanwhile waits for the next one, in order, in memory of the caller's: an append
/// completes, and its buffers may be reused, only when the record is durable. So the appends in
/// flight are the queue, and their number is the back-pressure. A record longer than `buffer_bytes`
/// is written in several batches, and acknowledged with the last.
///
/// The first append on an idle log goes to the system without delay: nothing waits for company.
///
/// \par Acknowledgement
/// Handlers are called in the order of the records where one thread runs the context. Where several
/// do, two that are called one right after the other may change places, those of a strand too.
///
/// \par Errors
/// The first one is final: of a write, a sync, of allocating space. Every append that waits, and
/// every later one, completes with it; nothing is written after it, and a failed sync is not tried
/// again, because the kernel tells of a lost write once (fsync(2)). Records that have been
/// acknowledged are not affected. What the file holds behind `durable_end` is then unknown: open it
/// again, and look. `bad_descriptor` after `async_close`, and on a file that was closed when the
/// log was made.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total). While nothing of the record is
/// being written, it is removed without leaving a gap, and the append completes with
/// `operation_aborted`: the record is not in the file, and never will be. After that cancelling has
/// no effect, and the append completes when the record is durable. Closing cannot be cancelled.
///
/// \par Closing and destroying it
/// `async_close` writes what waits, and closes the file. The destructor waits for nothing: appends
/// that wait complete with `operation_aborted`, their records are not written; those that are being
/// written are cancelled, and complete with success if they have become durable all the same, else
/// with `operation_aborted`, and then they may be in the file or not. The file is closed.
///
/// \par Direct files
/// On a file opened with `direct`, whole blocks are written (`io_alignment::offset_bytes`): the
/// last one filled up with zeros, and written once more, with the same records in front, by the
/// next batch. So the file's size is a multiple of a block, and a reader sees zeros behind the last
/// record. Where `offset` is no multiple, the log reads the block that it is in first: such a file
/// must be open for reading, too.
///
/// \par Preallocated files
/// A sync costs less where it has no metadata to write: no new size, no new blocks. That is so
/// where the records go to blocks that have been written before: in a file that was filled with
/// zeros, or one that held an older log. With `append_log_options::preallocated_bytes` the log
/// itself allocates space ahead (fallocate(2)); file systems then still note which of it is
/// written. `async_close` cuts off what the log has added to the file behind its last record,
/// padding and allocated space; not what the file had before. After a crash, the zeros are there.
///
/// \par Memory
/// Up to twice `buffer_bytes`, rounded up to a power of two; none while nothing is being written.
/// Records that wait are not copied.
///
/// \par Completion
/// As that of `basic_file`: each handler runs exactly once, through its associated executor, and
/// never inside the initiating function.
///
/// \par Fork
/// In the child, a log that had appends under way has failed, with `operation_aborted`: they are
/// the parent's. One that was idle is in both; only one of them may go on with it.
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

  /// Makes a log on a file. Asks the system for the file's size (fstat(2), which may wait on a
  /// network's file system) without `append_log_options::offset`, with `preallocated_bytes`, and of
  /// a direct file.
  ///
  /// \param file is the log's from then on: nobody else writes it from the log's end on. To read
  ///   it beside the log, make a `clone` of it before. On a closed one, calls complete with
  ///   `bad_descriptor`.
  /// \param options checked.
  /// \throws boost::system::system_error with `invalid_argument` for an option out of its range, a
  ///   file opened with `append` (which has its own idea of where records go) or one that is no
  ///   regular file or block device; with what fstat(2) reports; std::bad_alloc. Then `file` is as
  ///   it was.
  explicit basic_append_log(basic_random_access_file<Executor>&& file,
                            const append_log_options& options = {})
      : basic_append_log(detail::make_log(detail::shared_state_access::of(file), options),
                         std::move(file)) {}

  /// Takes over the log, with what is under way. `other` may then only be destroyed or assigned to.
  basic_append_log(basic_append_log&& other) noexcept = default;

  /// As the destructor, then as the constructor.
  basic_append_log& operator=(basic_append_log&& other) noexcept {
    log_ = std::move(other.log_);
    file_ = std::move(other.file_);
    executor_ = other.executor_;
    return *this;
  }

  /// What waits is cancelled, and the file closed. See the class.
  ~basic_append_log() = default;

  /// The executor associated with the log.
  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

  /// Appends a record.
  ///
  /// \param buffers a ConstBufferSequence: the record's bytes, of any number. The sequence is
  ///   copied; the memory that it names must stay valid and unchanged until the handler runs. An
  ///   empty record has the offset of the next one, and completes when everything before it is
  ///   durable.
  /// \param token completes with `void(error_code, std::uint64_t)`: success, and where in the file
  ///   the record begins, in bytes from its start; or an error, and 0.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::uint64_t)>
                AppendToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_append(
      const ConstBufferSequence& buffers,
      AppendToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<AppendToken, void(boost::system::error_code, std::uint64_t)>(
        detail::initiate_append<Executor>(executor_, log_.state()), token, buffers);
  }

  /// Waits until everything is durable that was appended before.
  ///
  /// \param token completes with `void(error_code)` when it is, or with the log's error.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> FlushToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_flush(FlushToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<FlushToken, void(boost::system::error_code)>(
        detail::initiate_log_call<Executor>(executor_, log_.state(), detail::log_call::flush),
        token);
  }

  /// Makes everything durable that was appended before, and closes the file.
  ///
  /// The file is closed also where writing has failed. Appends that follow complete with
  /// `bad_descriptor`. Closing again does nothing, and reports the same.
  ///
  /// \param token completes with `void(error_code)`: the log's error, if it has one, told before
  ///   or not; else what cutting the file to its length (see the class) or closing it reports.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> CloseToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_close(CloseToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<CloseToken, void(boost::system::error_code)>(
        detail::initiate_log_call<Executor>(executor_, log_.state(), detail::log_call::close),
        token);
  }

  /// Where a record would go that is appended now, in bytes from the start of the file, unless one
  /// before it is cancelled or fails.
  [[nodiscard]] std::uint64_t next_offset() const noexcept {
    return detail::next_offset(*log_.state());
  }

  /// Where the durable part of the log ends, in bytes from the start of the file: every record
  /// before it is. At first, where the log began. It may be ahead of what handlers have been told.
  [[nodiscard]] std::uint64_t durable_end() const noexcept {
    return detail::durable_end(*log_.state());
  }

 private:
  basic_append_log(detail::log_state_ptr made, basic_random_access_file<Executor>&& file)
      : executor_(file.get_executor()), file_(std::move(file)), log_(std::move(made)) {}

  executor_type executor_;
  basic_random_access_file<Executor> file_;
  // Goes before the file: what waits is not to be written.
  detail::log_handle log_;
};

}  // namespace asiofile
