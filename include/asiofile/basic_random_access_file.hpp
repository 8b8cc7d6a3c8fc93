// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Files that are read and written at offsets, many operations at a time.

#include <asiofile/basic_file.hpp>
#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/impossible_write.hpp>
#include <asiofile/detail/iovecs.hpp>
#include <asiofile/io_priority.hpp>
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

/// A file with offsets. Models Boost.Asio's AsyncRandomAccessReadDevice and
/// AsyncRandomAccessWriteDevice (and their synchronous counterparts), so that
/// `boost::asio::async_read_at` and `async_write_at` work on it.
///
/// Any number of operations may be in flight on one file; they are independent and complete in any
/// order. That is also true of two writes, or a write and a read, of the same bytes: start the
/// second when the first has completed.
///
/// See `basic_file` for errors, cancellation, lifetimes and thread safety: they hold for every
/// function here.
///
/// \code
/// asiofile::random_access_file file(context, "data.bin", asiofile::file_base::read_only);
/// std::array<char, 4096> block;
/// file.async_read_some_at(0, boost::asio::buffer(block),
///                         [&](boost::system::error_code ec, std::size_t n) { ... });
/// \endcode
template <typename Executor = boost::asio::any_io_executor>
class basic_random_access_file : public basic_file<Executor> {
 public:
  /// The type of the executor associated with the file.
  using executor_type = Executor;

  /// A file descriptor.
  using native_handle_type = typename basic_file<Executor>::native_handle_type;

  /// Rebinds the file type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The file type when rebound.
    using other = basic_random_access_file<Executor1>;
  };

  /// The constructors of `basic_file`: from an executor or an execution context, alone, with a
  /// path and flags, with a native handle, or with a native handle and `borrowed`.
  using basic_file<Executor>::basic_file;

  /// Moves the open file and its operations in flight here, as `basic_file` does.
  basic_random_access_file(basic_random_access_file&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here.
  basic_random_access_file& operator=(basic_random_access_file&& other) noexcept = default;

  /// Moves from a file of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_random_access_file(basic_random_access_file<Executor1>&& other)
      : basic_file<Executor>(std::move(other)) {}

  /// Moves from a file of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_random_access_file& operator=(basic_random_access_file<Executor1>&& other) {
    basic_file<Executor>::operator=(std::move(other));
    return *this;
  }

  /// Closes the file without waiting for the operations in flight: see `basic_file`.
  ~basic_random_access_file() = default;

  /// Reads at an offset, in the calling thread.
  ///
  /// \param offset bytes from the start of the file; offset plus size must not exceed 2^63 - 1
  ///   (`invalid_argument`). Ignored on FIFOs, terminals and sockets.
  /// \param buffers a MutableBufferSequence; filled in order. If there are more than 1,024
  ///   non-empty buffers (IOV_MAX), only the first 1,024 are used.
  /// \param ec success, `boost::asio::error::eof` where the offset is at or past the end of the
  ///   file, or what preadv(2) reports.
  /// \returns bytes read, at most the size of the buffers; fewer near the end of the file, and
  ///   wherever the file system returns fewer. With empty buffers, 0 and success if the file is
  ///   open.
  template <mutable_buffer_sequence MutableBufferSequence>
  std::size_t read_some_at(std::uint64_t offset, const MutableBufferSequence& buffers,
                           boost::system::error_code& ec) {
    return transfer(detail::operation_kind::read, offset, buffers, ec);
  }

  /// As above, throwing.
  template <mutable_buffer_sequence MutableBufferSequence>
  std::size_t read_some_at(std::uint64_t offset, const MutableBufferSequence& buffers) {
    boost::system::error_code ec;
    const std::size_t bytes = read_some_at(offset, buffers, ec);
    this->throw_on(ec, "read_some_at");
    return bytes;
  }

  /// Starts reading at an offset.
  ///
  /// \param offset as for `read_some_at`.
  /// \param buffers as for `read_some_at`. The sequence is copied; the memory that it refers to
  ///   must stay valid until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`: what `read_some_at` returns, or
  ///   `operation_aborted` with 0.
  ///
  /// A transfer of more than 2 GiB, the kernel's limit for one call (read(2)), is continued
  /// internally. `boost::asio::async_read_at` reads until the buffers are full; by default it asks
  /// for 64 KiB at a time, and with a completion condition for as much as that returns.
  template <mutable_buffer_sequence MutableBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                ReadToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_read_some_at(
      std::uint64_t offset, const MutableBufferSequence& buffers,
      ReadToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_transfer<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::read, token, offset, buffers, io_priority());
  }

  /// As above, with an I/O priority for this operation instead of the file's (`set_priority`).
  ///
  /// \param priority `none` means the file's.
  /// \param token completes in addition with `invalid_argument` for a level above 7,
  ///   `operation_not_permitted` for `realtime` without the capability, `operation_not_supported`
  ///   on systems without I/O priorities.
  template <mutable_buffer_sequence MutableBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                ReadToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_read_some_at(
      std::uint64_t offset, const MutableBufferSequence& buffers, io_priority priority,
      ReadToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_transfer<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::read, token, offset, buffers, priority);
  }

  /// Writes at an offset, in the calling thread.
  ///
  /// \param offset bytes from the start of the file; offset plus size must not exceed 2^63 - 1. If
  ///   the file was opened with `append` the data still goes to its end. Ignored on FIFOs,
  ///   terminals and sockets.
  /// \param buffers a ConstBufferSequence; written in order. If there are more than 1,024 non-empty
  ///   buffers (IOV_MAX), only the first 1,024 are used.
  /// \param ec success, or what pwritev(2) reports; `io_error` if that writes nothing and gives no
  ///   reason.
  /// \returns bytes written, at most the size of the buffers; fewer on a full disk or at a size
  ///   limit, and the next write there reports why. With empty buffers, 0 and success if the file
  ///   is open.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some_at(std::uint64_t offset, const ConstBufferSequence& buffers,
                            boost::system::error_code& ec) {
    return transfer(detail::operation_kind::write, offset, buffers, ec);
  }

  /// As above, throwing.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some_at(std::uint64_t offset, const ConstBufferSequence& buffers) {
    boost::system::error_code ec;
    const std::size_t bytes = write_some_at(offset, buffers, ec);
    this->throw_on(ec, "write_some_at");
    return bytes;
  }

  /// Starts writing at an offset.
  ///
  /// \param offset as for `write_some_at`.
  /// \param buffers as for `write_some_at`. The sequence is copied; the memory that it refers to
  ///   must stay valid and unchanged until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`: what `write_some_at` returns, or
  ///   `operation_aborted` with 0. Completion does not mean durable: see `async_sync_data`.
  ///
  /// A transfer of more than 2 GiB, the kernel's limit for one call (write(2)), is continued
  /// internally. `boost::asio::async_write_at` writes all of the buffers; by default it writes 64
  /// KiB at a time, and with a completion condition as much as that returns.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some_at(
      std::uint64_t offset, const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_transfer<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::write, token, offset, buffers, io_priority());
  }

  /// As above, with an I/O priority for this operation instead of the file's (`set_priority`).
  ///
  /// \param priority `none` means the file's.
  /// \param token completes in addition with `invalid_argument` for a level above 7,
  ///   `operation_not_permitted` for `realtime` without the capability, `operation_not_supported`
  ///   on systems without I/O priorities.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some_at(
      std::uint64_t offset, const ConstBufferSequence& buffers, io_priority priority,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_transfer<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::write, token, offset, buffers, priority);
  }

  /// As `write_some_at`, with flags for this write: see `async_write_some_at` with flags.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some_at(std::uint64_t offset, const ConstBufferSequence& buffers,
                            write_flags how, boost::system::error_code& ec) {
    if (detail::is_impossible(buffers, how)) {
      ec.assign(EINVAL, boost::system::system_category());
      return 0;
    }
    return transfer(detail::operation_kind::write, offset, buffers, ec, how);
  }

  /// As above, throwing.
  template <const_buffer_sequence ConstBufferSequence>
  std::size_t write_some_at(std::uint64_t offset, const ConstBufferSequence& buffers,
                            write_flags how) {
    boost::system::error_code ec;
    const std::size_t bytes = write_some_at(offset, buffers, how, ec);
    this->throw_on(ec, "write_some_at");
    return bytes;
  }

  /// Starts writing at an offset, with flags for this write.
  ///
  /// \param offset as for `write_some_at`.
  /// \param buffers as for `async_write_some_at`.
  /// \param how `write_flags::durable`: on success what was written is durable; this says nothing
  ///   about other writes. `write_flags::untorn`: a crash leaves all of it or nothing.
  /// \param token completes with `void(error_code, std::size_t)`: as without flags; and
  ///   - durable: this many bytes are written and durable. An error and 0 if the write or its sync
  ///     failed: what the file then holds there is unknown, and a failed sync is not retried.
  ///     `operation_aborted` with 0: it may be written, but is not known to be durable.
  ///   - untorn: all bytes or an error. `operation_not_supported` if the file does not support
  ///     untorn writes, because of its file system or device, because it was not opened with
  ///     `direct`, or because the system has none (Linux before 6.11, others); `invalid_argument`
  ///     for a size, offset or number of buffers outside the limits: see `untorn_writes`.
  ///   - either: `invalid_argument` on FIFOs, terminals and sockets, and for flags that do not exist.
  ///
  /// The file's priority (`set_priority`) applies.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some_at(
      std::uint64_t offset, const ConstBufferSequence& buffers, write_flags how,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_flagged_write<executor_type>,
                                   void(boost::system::error_code, std::size_t)>(
        detail::operation_kind::write, token, std::optional(offset), buffers, how);
  }

  /// Starts writing at an offset and, once all is written, makes it durable as `sync_data` does:
  /// one operation, one handler.
  ///
  /// With io_uring both are one submission, the sync linked to the write; on other engines one
  /// follows the other. The sync runs only if the write was complete: after a short write the rest
  /// is written, until that fails and reports why.
  ///
  /// \param offset as for `write_some_at`.
  /// \param buffers as for `async_write_some_at`, but at most 1,024 that are not empty (IOV_MAX):
  ///   `invalid_argument` otherwise. If all are empty, only the sync runs.
  /// \param token completes with `void(error_code, write_and_sync_result)`. The error code is
  ///   success only if everything is written and durable; otherwise the error of the write, or of
  ///   the sync if the write succeeded. A failed sync is never retried. If cancelled,
  ///   `operation_aborted`, and the result tells how much was done.
  ///
  /// Success concerns this data only. Operations in flight together complete in any order: after a
  /// crash, an earlier one that was not acknowledged can be missing, leaving a hole before one that
  /// was. A log that is read up to its first hole must therefore start a record only when the one
  /// before it has been acknowledged, or acknowledge in order itself, as `basic_append_log` does:
  /// see doc/durability.md.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code,
                                                   write_and_sync_result)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_and_sync_data_at(
      std::uint64_t offset, const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_chain<executor_type>,
                                   void(boost::system::error_code, write_and_sync_result)>(
        detail::operation_kind::write, token, std::optional(offset), buffers,
        detail::sync_after::data);
  }

  /// As `async_write_and_sync_data_at`, with all metadata, as `sync_all` does.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code,
                                                   write_and_sync_result)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_and_sync_all_at(
      std::uint64_t offset, const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return this->template initiate<detail::initiate_chain<executor_type>,
                                   void(boost::system::error_code, write_and_sync_result)>(
        detail::operation_kind::write, token, std::optional(offset), buffers,
        detail::sync_after::all);
  }

  /// A second file object on the same descriptor (not a duplicate of it), on the same executor.
  /// Each has operations of its own: `cancel` and `close` on one do not affect those of the other,
  /// and the last one to be closed closes the descriptor. A clone of a closed file is closed.
  ///
  /// \throws std::bad_alloc only.
  [[nodiscard]] basic_random_access_file clone() const {
    return this->template clone_as<basic_random_access_file>();
  }

 private:
  friend class basic_file<Executor>;

  basic_random_access_file(const executor_type& ex, detail::file_state_ptr state) noexcept
      : basic_file<Executor>(ex, std::move(state)) {}

  template <typename BufferSequence>
  std::size_t transfer(detail::operation_kind kind, std::uint64_t offset,
                       const BufferSequence& buffers, boost::system::error_code& ec,
                       write_flags how = write_flags::none) {
    iovec iovecs[detail::iovec_count_max];
    const std::size_t count = detail::count_iovecs(buffers);
    detail::fill_iovecs(buffers, iovecs, count);
    return detail::transfer(this->state(), kind, offset, {iovecs, count},
                            detail::slot_access::slot_of(buffers), ec, how);
  }
};

/// From an executor: a file of that executor. From an execution context: one of `any_io_executor`,
/// as Boost.Asio's class deduces it.
template <detail::executor Executor, typename... Arguments>
basic_random_access_file(const Executor&, const Arguments&...)
    -> basic_random_access_file<Executor>;

/// As above, from an execution context.
template <detail::execution_context ExecutionContext, typename... Arguments>
basic_random_access_file(ExecutionContext&, const Arguments&...) -> basic_random_access_file<>;

}  // namespace asiofile
