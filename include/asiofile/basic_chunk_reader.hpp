// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Files, chunk by chunk.

#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/basic_stream_file.hpp>
#include <asiofile/chunk_reader_options.hpp>
#include <asiofile/detail/background_handle.hpp>
#include <asiofile/detail/reader_token.hpp>
#include <asiofile/detail/sources.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <optional>

namespace asiofile {

/// Reads a file in chunks, and reads ahead: the next chunks are being read while the caller uses
/// one.
///
/// \code
/// asiofile::stream_file file(executor, "image.iso", asiofile::file_base::read_only);
/// asiofile::chunk_reader chunks(file);
/// while (auto chunk = co_await chunks.async_next(asio::use_awaitable)) digest.update(*chunk);
/// \endcode
///
/// \par Chunks
/// Every chunk has `chunk_bytes`, except the last one before the end of the file and one that is
/// followed by a read error. A FIFO, terminal or socket gives what is available, at most that much,
/// and nothing is read from it ahead of a call.
///
/// \par Direct files
/// On a file opened with `direct`, memory, offsets and sizes of the reads are aligned as
/// `basic_file::alignment` demands, wherever the reader begins and the file ends. (If the reader
/// begins at an offset that is not aligned, the first chunk is shorter.)
///
/// \par End of the file
/// At the end of the file, `async_next` completes with no chunk. End of file is not sticky: when
/// called again after the file has grown, it continues there. With `length`, nothing is read beyond
/// that length.
///
/// \par Files that answer in pieces
/// Files of `/proc`, and others that return less than was asked for before their end, are read one
/// piece after the other without reading ahead: the kernel generates some of them anew after each
/// change of position.
///
/// \par The file, errors, completion, cancellation, fork, thread safety
/// As for `basic_line_reader`, with chunks instead of lines. What was read ahead before the file
/// object is closed is still delivered.
///
/// \par Memory
/// Up to `chunk_bytes` (or 256 KiB) times `read_ahead` + 1, rounded up to a power of two; no more
/// than `length` asks for, and for the first chunk no more than the file had when it was opened. At
/// the end of the file: none. Buffers are not zero-filled before they are read into, and are
/// recycled, as those of `basic_line_reader`.
template <typename Executor = boost::asio::any_io_executor>
class basic_chunk_reader {
 public:
  /// The type of the executor associated with the reader: that of its file.
  using executor_type = Executor;

  /// Rebinds the reader type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The reader type when rebound.
    using other = basic_chunk_reader<Executor1>;
  };

  /// Makes a reader that begins at the file's position, or at `options.offset`. Reads nothing yet.
  ///
  /// \param file need not outlive the reader. On a closed one, calls complete with
  ///   `bad_descriptor`.
  /// \param options checked.
  /// \throws boost::system::system_error with `invalid_argument` for an option out of its range;
  ///   std::bad_alloc.
  explicit basic_chunk_reader(basic_stream_file<Executor>& file,
                              const chunk_reader_options& options = {})
      : handle_(file.get_executor(),
                detail::make_chunk_source(detail::shared_state_access::of(file), options,
                                          detail::starting_place::position)) {}

  /// Makes a reader that begins at the start of the file, or at `options.offset`.
  ///
  /// \copydetails basic_chunk_reader(basic_stream_file<Executor>&, const chunk_reader_options&)
  explicit basic_chunk_reader(basic_random_access_file<Executor>& file,
                              const chunk_reader_options& options = {})
      : handle_(file.get_executor(),
                detail::make_chunk_source(detail::shared_state_access::of(file), options,
                                          detail::starting_place::beginning)) {}

  /// Moves the reader here, with a call in flight. `other` may then only be destroyed or assigned
  /// to.
  basic_chunk_reader(basic_chunk_reader&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here, as the move constructor does.
  basic_chunk_reader& operator=(basic_chunk_reader&& other) noexcept = default;

  /// Cancels a call in flight. Does not wait: reads in flight end by themselves.
  ~basic_chunk_reader() = default;

  /// The executor associated with the reader.
  [[nodiscard]] const executor_type& get_executor() const noexcept {
    return handle_.get_executor();
  }

  /// Reads the next chunk.
  ///
  /// \param token completes with `void(error_code, std::optional<boost::asio::const_buffer>)`: the
  ///   chunk, valid until the next call or the destruction of the reader; at the end of the file,
  ///   no chunk and success. The default is the executor's default token, or `use_awaitable` if it
  ///   has none (up to Boost 1.85).
  template <boost::asio::completion_token_for<void(boost::system::error_code,
                                                   std::optional<boost::asio::const_buffer>)>
                NextToken = detail::default_reader_token<executor_type>>
  auto async_next(NextToken&& token = detail::default_reader_token<executor_type>()) {
    return boost::asio::async_initiate<
        NextToken, void(boost::system::error_code, std::optional<boost::asio::const_buffer>)>(
        handle_.template call<detail::chunk_result>(), token);
  }

 private:
  detail::background_handle<Executor> handle_;
};

}  // namespace asiofile
