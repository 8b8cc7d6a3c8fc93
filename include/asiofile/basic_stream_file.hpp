// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Files that are read and written at a position of their own.

#include <asiofile/basic_file.hpp>
#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/impossible_write.hpp>
#include <asiofile/detail/iovecs.hpp>
#include <asiofile/write_and_sync_result.hpp>
#include <asiofile/write_flags.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace asiofile {

/// A file with a position, which reads and writes advance. Models Boost.Asio's AsyncReadStream and
/// AsyncWriteStream (and their synchronous counterparts), so that `boost::asio::async_read`,
/// `async_write`, `async_read_until` and everything else that takes a stream work on it.
///
/// \par Order
/// Operations run in the order in which they were started, each at the position where the one
/// before it ended: any number of writes may be in flight, and their data is contiguous in the
/// file. (After a *short* write, on a full disk, say, the next one continues where it ended.) A
/// synchronous function waits for the operations that were started before it. Do not run
/// `boost::asio::async_read` or `async_write`, which consist of several operations, at the same
/// time as others.
///
/// \par Position
/// The position belongs to the file object, not to the descriptor: clones have positions of their
/// own, and operations at offsets through another file object do not move it. It starts at 0, or
/// after `assign` at the descriptor's own position; `release` sets the descriptor's position to it.
/// With `append`, every write goes to the end of the file and moves the position there.
///
/// \par FIFOs, terminals, sockets
/// They have no position: `seek` fails with `invalid_seek`. Reads run in order, and so do writes; a
/// read that waits for data does not delay writes. An asynchronous read waits until there is
/// something to read before it makes a call that could fail (for example on an eventfd with too
/// small a buffer). Synchronous functions wait even if the descriptor has O_NONBLOCK.
///
/// See `basic_file` for errors, cancellation, lifetimes and thread safety. Operations that several
/// threads start on one object run in the order in which they were started.
///
/// \code
/// asiofile::stream_file file(context, "journal.txt", asiofile::parse_open_mode("a"));
/// boost::asio::async_write(file, boost::asio::buffer(text), [](auto ec, std::size_t n) { ... });
/// \endcode
template <typename Executor = boost::asio::any_io_executor>
class basic_stream_file : public basic_file<Executor> {
 public:
  /// The type of the executor associated with the file.
  using executor_type = Executor;

  /// A file descriptor.
  using native_handle_type = typename basic_file<Executor>::native_handle_type;

  /// Rebinds the file type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The file type when rebound.
    using other = basic_stream_file<Executor1>;
  };

  /// The file itself, which is its own lowest layer. For adapters such as
  /// `boost::asio::buffered_stream`.
  using lowest_layer_type = basic_stream_file;

  /// \returns the file itself.
  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return *this; }

  /// \returns the file itself.
  [[nodiscard]] const lowest_layer_type& lowest_layer() const noexcept { return *this; }

  /// The constructors of `basic_file`: from an executor or an execution context, alone, with a
  /// path and flags, with a native handle, or with a native handle and `borrowed`.
  using basic_file<Executor>::basic_file;

  /// Moves the open file and its operations in flight here, as `basic_file` does.
  basic_stream_file(basic_stream_file&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here.
  basic_stream_file& operator=(basic_stream_file&& other) noexcept = default;

  /// Moves from a file of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_stream_file(basic_stream_file<Executor1>&& other)
      : basic_file<Executor>(std::move(other)) {}

  /// Moves from a file of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_stream_file& operator=(basic_stream_file<Executor1>&& other) {
    basic_file<Executor>::operator=(std::move(other));
    return *this;
  }

  /// Closes the file without waiting for the operations in flight: see `basic_file`.
  ~basic_stream_file() = default;

  /// Moves the position. `seek(0, seek_cur)` only returns it.
  ///
  /// Waits for the operations that were started before; so on an event loop's thread, call it only
  /// when there are none. Reading beyond the end reports `eof`, and writing there leaves a hole
  /// that reads as zeros.
  ///
  /// \param offset bytes, relative to `whence`; the result must be 0 to 2^63 - 1.
  /// \param whence `seek_set`, `seek_cur` or `seek_end`.
  /// \param ec success; `bad_descriptor` on a closed file, `invalid_argument` for a position before
  ///   the file's start, `value_too_large` above 2^63 - 1, `invalid_seek` where the file has no
  ///   positions, or what fstat(2) reports.
  /// \returns the new position, in bytes from the file's start; 0 on error.
  std::uint64_t seek(std::int64_t offset, file_base::seek_basis whence,
                     boost::system::error_code& ec) {
    return detail::seek(this->state(), offset, whence, ec);
  }

  /// As above, throwing.
  std::uint64_t seek(std::int64_t offset, file_base::seek_basis whence) {
    boost::system::error_code ec;
    const std::uint64_t position = seek(offset, whence, ec);
    this->throw_on(ec, "seek");
    return position;
  }

  /// Reads at the position, in the calling thread, when the operations started before have
  /// completed.
  ///
  /// \param buffers a MutableBufferSequence; filled in order. If there are more than 1,024
  ///   non-empty buffers (IOV_MAX), only the first 1,024 are used.
  /// \param ec success, `boost::asio::error::eof` where the position is at or past the end of the
  ///   file, or what preadv(2) reports.
  /// \returns bytes read, by which the position has moved. With empty buffers, 0 and success if
  ///   the file is open.
  template <mutable_buffer_sequence MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers, boost::system::error_code& ec) {
    return transfer(detail::operation_kind::read, buffers, ec);
  }

  /// As above, throwing.
  template <mutable_buffer_sequence MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers) {
    boost::system::error_code ec;
    const std::size_t bytes = read_some(buffers, ec);
    this->throw_on(ec, "read_some");
    return bytes;
  }

  /// Starts reading at the position.
  ///
  /// \param buffers as for `read_some`. The sequence is copied; the memory that it refers to must
  ///   stay valid until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`: what `read_some` returns, or
  ///   `operation_aborted` with 0 and the position unchanged.
  template <mutable_buffer_sequence MutableBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                ReadToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_read_some(
      const MutableBufferSequence& buffers,
      ReadToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_transfer_at_position<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::read, token, buffers);
  }

  /// Writes at the position (with `append`, at the end), in the calling thread, when the operations
  /// started before have completed.
  ///
  /// \param buffers a ConstBufferSequence; written in order. If there are more than 1,024 non-empty
  ///   buffers (IOV_MAX), only the first 1,024 are used.
  /// \param ec success, or what pwritev(2) reports; `io_error` if that writes nothing and gives no
  ///   reason.
  /// \returns bytes written, by which the position has moved; fewer than given on a full disk or at
  ///   a size limit. With empty buffers, 0 and success if the file is open.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers, boost::system::error_code& ec) {
    return transfer(detail::operation_kind::write, buffers, ec);
  }

  /// As above, throwing.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers) {
    boost::system::error_code ec;
    const std::size_t bytes = write_some(buffers, ec);
    this->throw_on(ec, "write_some");
    return bytes;
  }

  /// Starts writing at the position (with `append`, at the end).
  ///
  /// \param buffers as for `write_some`. The sequence is copied; the memory that it refers to must
  ///   stay valid and unchanged until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`: what `write_some` returns, or
  ///   `operation_aborted` with 0 and the position unchanged. Completion does not mean durable: see
  ///   `async_sync_data`.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some(
      const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_transfer_at_position<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::write, token, buffers);
  }

  /// As `write_some`, with flags for this write: see
  /// `basic_random_access_file::async_write_some_at` with flags.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers, write_flags how,
                         boost::system::error_code& ec) {
    if (detail::is_impossible(buffers, how)) {
      ec.assign(EINVAL, boost::system::system_category());
      return 0;
    }
    return transfer(detail::operation_kind::write, buffers, ec, how);
  }

  /// As above, throwing.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers, write_flags how) {
    boost::system::error_code ec;
    const std::size_t bytes = write_some(buffers, how, ec);
    this->throw_on(ec, "write_some");
    return bytes;
  }

  /// Starts writing at the file's position, with flags for this write. The position moves by what
  /// is written.
  ///
  /// See `basic_random_access_file::async_write_some_at` with flags for everything but the
  /// position.
  ///
  /// \param buffers as for `async_write_some`.
  /// \param how as there.
  /// \param token completes with `void(error_code, std::size_t)`: as there.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some(
      const ConstBufferSequence& buffers, write_flags how,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_flagged_write<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::write, token, std::optional<std::uint64_t>(), buffers, how);
  }

  /// Starts writing at the position (with `append`, at the end) and, once all is written, makes it
  /// durable as `sync_data` does: one operation, one handler.
  ///
  /// See `basic_random_access_file::async_write_and_sync_data_at` for everything but the position.
  /// The writes run in order, but their handlers are called in any order.
  ///
  /// \param buffers as there.
  /// \param token completes with `void(error_code, write_and_sync_result)`, as there.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code,
                                                   write_and_sync_result)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_and_sync_data(
      const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_chain<executor_type>,
                                   void(boost::system::error_code, write_and_sync_result)>(
        detail::operation_kind::write, token, std::optional<std::uint64_t>(), buffers,
        detail::sync_after::data);
  }

  /// As `async_write_and_sync_data`, with all metadata, as `sync_all` does.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code,
                                                   write_and_sync_result)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_and_sync_all(
      const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_chain<executor_type>,
                                   void(boost::system::error_code, write_and_sync_result)>(
        detail::operation_kind::write, token, std::optional<std::uint64_t>(), buffers,
        detail::sync_after::all);
  }

  /// A second file object on the same descriptor (not a duplicate of it), on the same executor,
  /// with a position of its own, which starts where the completed operations have left this one's.
  /// `cancel` and `close` on one do not affect the operations of the other, and the last one to be
  /// closed closes the descriptor. A clone of a closed file is closed.
  ///
  /// With `append`, the clone's position after a write of its own is the end of the file at the
  /// time when it is next used: the kernel reports where an appended write ended only in the
  /// descriptor's position, which the original uses. So what others append in between is skipped;
  /// to read it, seek, or open the file a second time.
  ///
  /// \throws std::bad_alloc only.
  [[nodiscard]] basic_stream_file clone() const {
    return this->template clone_as<basic_stream_file>();
  }

 private:
  friend class basic_file<Executor>;

  basic_stream_file(const executor_type& ex, detail::file_state_ptr state) noexcept
      : basic_file<Executor>(ex, std::move(state)) {}

  template <typename BufferSequence>
  std::size_t transfer(detail::operation_kind kind, const BufferSequence& buffers,
                       boost::system::error_code& ec, write_flags how = write_flags::none) {
    iovec iovecs[detail::iovec_count_max];
    const std::size_t count = detail::count_iovecs(buffers);
    detail::fill_iovecs(buffers, iovecs, count);
    return detail::transfer_at_position(this->state(), kind, {iovecs, count},
                                        detail::slot_access::slot_of(buffers), ec, how);
  }
};

/// From an executor: a file of that executor. From an execution context: one of `any_io_executor`,
/// as Boost.Asio's class deduces it.
template <detail::executor Executor, typename... Arguments>
basic_stream_file(const Executor&, const Arguments&...) -> basic_stream_file<Executor>;

/// As above, from an execution context.
template <detail::execution_context ExecutionContext, typename... Arguments>
basic_stream_file(ExecutionContext&, const Arguments&...) -> basic_stream_file<>;

}  // namespace asiofile
