// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Reading, writing and appending to whole files by path, in one operation each.
///
/// What these functions have in common:
///
/// \par Source
/// An executor, an execution context, or anything that has an executor (a file object, a socket):
/// the operation runs on the `file_service` of its context, on a worker thread, in pieces, so that
/// other operations run in between.
///
/// \par Paths
/// They are copied. Symbolic links are followed. A path that contains a zero byte is
/// `invalid_argument`.
///
/// \par Errors
/// What open(2), read(2), write(2) and close(2) report: `no_such_file_or_directory`,
/// `permission_denied`, `is_a_directory`, `filename_too_long`, `no_space_on_device`, ...
///
/// \par Cancellation
/// By the token's cancellation slot (every type) or the destruction of the context. An operation
/// that was cancelled in time completes with `operation_aborted`. Waiting for the other end of a
/// FIFO, for data from it or for room in it can be cancelled.
///
/// \par Thread safety
/// Safe.

#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/all_iovecs.hpp>
#include <asiofile/detail/whole_file_jobs.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace asiofile {

/// Reads a file to its end.
///
/// Works for files whose size is not known in advance (`/proc` and `/proc/sys`, devices), for FIFOs
/// (until the last writer has closed), and for files that grow meanwhile: the end is where a read
/// returns nothing. A file that never ends (`/dev/zero`), or grows faster than it is read, is read
/// up to `max_bytes`: give a limit where that may happen.
///
/// \param source see the head of this file.
/// \param path of the file.
/// \param max_bytes the most bytes that it may have; a larger file is `file_too_large`, as soon as
///   that is known.
/// \param token completes with `void(error_code, std::string)`: the file's content, empty on error;
///   `not_enough_memory` if it does not fit in memory.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code, std::string)>
              ReadToken = boost::asio::default_completion_token_t<detail::executor_of_t<Source>>>
auto async_read_file(
    Source&& source, const std::string& path, std::uint64_t max_bytes,
    ReadToken&& token = boost::asio::default_completion_token_t<detail::executor_of_t<Source>>()) {
  return detail::start_job<detail::read_file_job, void(boost::system::error_code, std::string)>(
      source, token, [=] { return detail::make_read_file_job(path, max_bytes); });
}

/// As above, without a limit.
template <detail::executor_source Source,
          typename ReadToken =
              boost::asio::default_completion_token_t<detail::executor_of_t<Source>>>
  requires(!std::integral<std::decay_t<ReadToken>> &&
           boost::asio::completion_token_for<ReadToken,
                                             void(boost::system::error_code, std::string)>)
auto async_read_file(Source&& source, const std::string& path,
                     ReadToken&& token = boost::asio::default_completion_token_t<
                         detail::executor_of_t<Source>>()) {
  return detail::start_job<detail::read_file_job, void(boost::system::error_code, std::string)>(
      source, token,
      [=] { return detail::make_read_file_job(path, ~std::uint64_t{0}); });
}

/// Writes a file, which is truncated first, or created with mode 0666 less the process's umask.
///
/// Others can see the unfinished file, and a failure leaves it with a part of the content:
/// `async_replace_file` is atomic. Nothing is made durable.
///
/// \param source see the head of this file.
/// \param path of the file.
/// \param buffers a ConstBufferSequence, written in order, all of it. The memory must stay valid
///   until the handler is called.
/// \param token completes with `void(error_code, std::size_t)`: how many bytes were written; on
///   error, how many were written before it, which may be all (an error of close(2)).
template <detail::executor_source Source, const_buffer_sequence ConstBufferSequence,
          boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
              WriteToken = boost::asio::default_completion_token_t<detail::executor_of_t<Source>>>
auto async_write_file(Source&& source, const std::string& path,
                      const ConstBufferSequence& buffers,
                      WriteToken&& token = boost::asio::default_completion_token_t<
                          detail::executor_of_t<Source>>()) {
  return detail::start_job<detail::write_file_job, void(boost::system::error_code, std::size_t)>(
      source, token, [=] {
        return detail::make_write_file_job(path, detail::write_start::truncated,
                                           detail::all_iovecs(buffers));
      });
}

/// Appends to a file (`O_APPEND`), which is created with mode 0666 less the process's umask if
/// there is none.
///
/// Written in pieces of at most 8 MiB and 1,024 buffers: on a local file system, data that fits in
/// one piece is not interleaved with what others append. Nothing is made durable.
///
/// \param source see the head of this file.
/// \param path of the file.
/// \param buffers as for `async_write_file`.
/// \param token as for `async_write_file`.
template <detail::executor_source Source, const_buffer_sequence ConstBufferSequence,
          boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
              WriteToken = boost::asio::default_completion_token_t<detail::executor_of_t<Source>>>
auto async_append_file(Source&& source, const std::string& path,
                       const ConstBufferSequence& buffers,
                       WriteToken&& token = boost::asio::default_completion_token_t<
                           detail::executor_of_t<Source>>()) {
  return detail::start_job<detail::write_file_job, void(boost::system::error_code, std::size_t)>(
      source, token, [=] {
        return detail::make_write_file_job(path, detail::write_start::at_end,
                                           detail::all_iovecs(buffers));
      });
}

}  // namespace asiofile
