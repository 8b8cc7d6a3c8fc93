// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Sending a file to a socket or to any other stream.

#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/detail/send_file_operation.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <limits>

namespace asiofile {

/// The length that means the rest of the file, whatever its size.
inline constexpr std::uint64_t to_end_of_file = std::numeric_limits<std::uint64_t>::max();

/// Sends a part of a file to a stream.
///
/// To a `boost::asio::basic_stream_socket` (TCP, local) it uses sendfile(2), if the system has it,
/// the file can be mapped and the process may open one more descriptor (RLIMIT_NOFILE), which it
/// needs meanwhile: the bytes do not pass through the program's memory. A thread of the
/// file's service makes the call, so that the event loop waits neither for the device nor for the
/// peer; while the socket's buffer is full, no thread is occupied. To any other AsyncWriteStream
/// (TLS), and for any other file, it reads ahead of the writes: 256 KiB each, two at a time.
///
/// \param stream the destination. It must live until the handler runs, and nothing else may be
///   written to it until then.
/// \param file the source, on any executor. It must stay open until the handler runs: if it is
///   closed before, the operation completes with `bad_descriptor` or `operation_aborted`.
/// \param offset where to begin, in bytes from the start of the file: 0 to 2^63 - 1; past the end
///   nothing is sent. Ignored on a FIFO, terminal or socket.
/// \param length how much to send, in bytes, or `to_end_of_file`.
/// \param token completes with `void(error_code, std::uint64_t)`: how many bytes the stream has
///   accepted, also on error. `boost::asio::error::eof` if the file ends before `length`, even if
///   it has become shorter meanwhile; `bad_descriptor` for a closed file or socket and for a file
///   that is not open for reading, `invalid_argument` for an offset out of range, what sendfile(2)
///   reports, or what the stream does: `broken_pipe`, `connection_reset` (without a signal).
///
/// If the file changes while it is sent, old and new content may be mixed.
///
/// \par Cancellation
/// By the token's slot, `terminal` and `partial`: `operation_aborted`, with the number of bytes
/// sent. Closing the socket also ends the operation; at most as much as fits in the socket's buffer
/// is still sent. `cancel` of the socket ends it only while it waits for room in that buffer.
///
/// \par Thread safety
/// As for writing to the stream. Intermediate handlers run on the token's associated executor, by
/// default the stream's.
template <typename AsyncWriteStream, typename Executor,
          boost::asio::completion_token_for<void(boost::system::error_code, std::uint64_t)>
              SendToken = boost::asio::default_completion_token_t<
                  typename AsyncWriteStream::executor_type>>
auto async_send_file(AsyncWriteStream& stream, basic_random_access_file<Executor>& file,
                     std::uint64_t offset, std::uint64_t length,
                     SendToken&& token = boost::asio::default_completion_token_t<
                         typename AsyncWriteStream::executor_type>()) {
  return boost::asio::async_initiate<SendToken, void(boost::system::error_code, std::uint64_t)>(
      detail::initiate_send_file<AsyncWriteStream, Executor>(
          stream, file.get_executor(), detail::shared_state_access::of(file)),
      token, offset, length);
}

/// Sends a whole file, as above.
template <typename AsyncWriteStream, typename Executor,
          boost::asio::completion_token_for<void(boost::system::error_code, std::uint64_t)>
              SendToken>
auto async_send_file(AsyncWriteStream& stream, basic_random_access_file<Executor>& file,
                     SendToken&& token) {
  return async_send_file(stream, file, 0, to_end_of_file, static_cast<SendToken&&>(token));
}

}  // namespace asiofile
