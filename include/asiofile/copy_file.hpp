// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Copies of files.

#include <asiofile/detail/copy_initiation.hpp>
#include <asiofile/detail/executor_of.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace asiofile {

/// How a file is copied.
struct copy_options {
  /// What to do with a file that already has the target's name.
  enum class existing_target : std::uint8_t {
    /// It stays, and the copy fails with `file_exists`; also if the file appears while the copy is
    /// being made.
    fail,
    /// The copy replaces it atomically when it is complete, and keeps its mode, owner and
    /// attributes as `async_replace_file` does.
    replace,
    /// The former name of `replace`.
    overwrite [[deprecated("use replace")]] = replace
  };

  /// What to do with a file that already has the target's name.
  existing_target existing = existing_target::fail;

  /// Whether to make the copy and its name durable before the handler is called.
  bool sync = false;

  /// Called while the copy is being made, and before the handler if it succeeds, with the number of
  /// bytes copied so far and the total, which is 0 if it is not known (FIFOs, `/proc`). Holes count
  /// as copied.
  ///
  /// Called about every 32 MiB or 100 ms, whichever comes first, on the handler's associated
  /// executor; the copy continues when it returns. An exception leaves `run()` as a handler's does,
  /// and ends the copy: nothing is left of it, and the handler is destroyed without being called.
  /// (The last call, with `copied` equal to `total`, is made when the copy has its name: after an
  /// exception from that one, the copy stays.)
  std::function<void(std::uint64_t copied, std::uint64_t total)> progress{};
};

/// @cond
namespace detail {

template <typename Executor, typename Token>
auto start_copy(const Executor& executor, const file_state_ptr& directory, const std::string& from,
                const std::string& to, const copy_options& options, Token& token) {
  const copy_settings settings{
      .overwrites = options.existing == copy_options::existing_target::replace,
      .syncs = options.sync,
      .reports = static_cast<bool>(options.progress)};
  return boost::asio::async_initiate<Token, void(boost::system::error_code, std::uint64_t)>(
      initiate_copy<Executor>(executor, directory), token, from, to, settings, options.progress);
}

}  // namespace detail
/// @endcond

/// Copies a file's content in the fastest way that the file systems support: by sharing the data (a
/// reflink, on btrfs and xfs), within the kernel (copy_file_range(2)), or with many reads and
/// writes in flight. Holes stay holes.
///
/// The copy is made as an unnamed or temporary file in the target's directory and gets its name
/// when it is complete: see `async_replace_file`. So nobody sees half a copy; failure and
/// cancellation leave nothing behind, and leave a file that was to be replaced as it was. The disk
/// needs room for both.
///
/// A regular file is copied up to its size at the start, or less if it shrinks meanwhile. Special
/// files, and those whose size is not known (`/proc`), are read to their end.
///
/// \par Mode
/// A new file gets the source's permissions (0 to 0777) less the process's umask. If the source has
/// an access control list (acl(5)), which is not copied, the permissions are reduced so that nobody
/// whom the list denies access can read the copy, and to the owner's if the list cannot be read. A
/// file that is replaced keeps its mode, owner, list and attributes, as with `async_replace_file`:
/// access is never widened. Times, owner and attributes of the source are not copied.
///
/// \par Holes
/// Holes stay holes where the file system reports them (SEEK_HOLE in lseek(2)). Where it does not
/// (some network and FUSE file systems, and before Linux 3.1), the copy has the same content, but
/// zeros that take up space in place of the holes.
///
/// \param source an executor, an execution context, or anything that has an executor.
/// \param from path of the file to copy; symbolic links are followed. The strings `from` and `to`
///   are copied.
/// \param to path of the copy. If it is a symbolic link, the file that it leads to is meant.
/// \param options see `copy_options`.
/// \param token completes with `void(error_code, std::uint64_t)`: the size of the copy in bytes; on
///   error how much had been copied. Errors: `is_a_directory` for either, `file_exists`,
///   `invalid_argument` if both are one file (with `replace`) or a path contains a zero byte,
///   `operation_not_supported` if the target is neither file nor directory,
///   `operation_not_permitted` if files cannot be removed from the target's directory (chattr(1),
///   `+a`), `operation_aborted`, or what open(2), read(2), write(2), fsync(2), linkat(2) and
///   rename(2) report. If only making the name durable failed, that error is reported, and the copy
///   is complete and has its name.
///
/// Cancellation by the token's slot (every type), also while waiting for the other end of a FIFO.
/// Safe from any thread.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code, std::uint64_t)>
              CopyToken = boost::asio::default_completion_token_t<detail::executor_of_t<Source>>>
auto async_copy_file(Source&& source, const std::string& from, const std::string& to,
                     const copy_options& options,
                     CopyToken&& token = boost::asio::default_completion_token_t<
                         detail::executor_of_t<Source>>()) {
  return detail::start_copy(detail::executor_of(source), nullptr, from, to, options, token);
}

/// As above, with default options.
template <detail::executor_source Source,
          typename CopyToken =
              boost::asio::default_completion_token_t<detail::executor_of_t<Source>>>
  requires(!std::same_as<std::decay_t<CopyToken>, copy_options> &&
           boost::asio::completion_token_for<CopyToken,
                                             void(boost::system::error_code, std::uint64_t)>)
auto async_copy_file(Source&& source, const std::string& from, const std::string& to,
                     CopyToken&& token = boost::asio::default_completion_token_t<
                         detail::executor_of_t<Source>>()) {
  return async_copy_file(source, from, to, copy_options(), std::forward<CopyToken>(token));
}

}  // namespace asiofile
