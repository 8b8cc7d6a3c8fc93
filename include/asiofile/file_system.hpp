// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Operations on names: status, renaming, removing, directories, links, making names durable.
///
/// \par The first parameter
/// An executor, an execution context, or anything else that has `get_executor()`, such as a file
/// object. Handlers without an associated executor run on it, and the `file_service` of its context
/// runs the operation, on a thread, whatever the backend.
///
/// \par Paths
/// Relative to the process's working directory when the operation runs, or absolute. They are
/// copied. `std::filesystem::path` converts to them. A path that contains a zero byte is
/// `invalid_argument`.
///
/// \par Errors
/// Those of the system category, as the system's calls report them, and the same on every backend:
/// `no_such_file_or_directory`, `permission_denied`, `not_a_directory`, `filename_too_long`,
/// `too_many_symbolic_link_levels`, `read_only_file_system`, `no_space_on_device` and so on.
/// Reported through the handler, never by exception; the functions throw only `std::bad_alloc`, and
/// then nothing was started.
///
/// \par Completion, cancellation, lifetimes
/// A handler runs exactly once and never inside the initiating function. Cancelling by the token's
/// slot (any type) is a request: `operation_aborted` means that the operation had no effect,
/// anything else is its actual result. When the context is destroyed, operations that have not
/// begun are dropped.
///
/// \par Order and durability
/// Operations in flight at the same time run in any order: to order them, start the second when the
/// first has completed. A name that was created, changed or removed survives a power cut only after
/// its directory has been synchronised: `async_sync_directory`.
///
/// \par Thread safety
/// All functions are safe.

#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/path_job.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/name_options.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace asiofile {

/// @cond
namespace detail {
template <typename Source>
using default_token_of = boost::asio::default_completion_token_t<executor_of_t<Source>>;
}  // namespace detail
/// @endcond

/// Gets the status of a file without opening it.
///
/// \param source see above.
/// \param path of the file.
/// \param links what to do where `path` ends in a symbolic link.
/// \param token completes with `void(error_code, file_status)`. The size of a block device is 0
///   here: it must be opened to get it (`basic_file::async_status`).
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code, file_status)> Token =
              detail::default_token_of<Source>>
auto async_status(Source&& source, const std::string& path, symlinks links,
                  Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_status_job,
                                void(boost::system::error_code, file_status)>(
      source, token,
      {.make = &detail::find_path_status,
       .path = path,
       .option = static_cast<std::uint32_t>(links)});
}

/// As above, following symbolic links.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code, file_status)> Token =
              detail::default_token_of<Source>>
auto async_status(Source&& source, const std::string& path,
                  Token&& token = detail::default_token_of<Source>()) {
  return async_status(source, path, symlinks::follow, std::forward<Token>(token));
}

/// Gives a file or directory another name, on the same file system.
///
/// \param source see above.
/// \param from its present name. A symbolic link is itself renamed.
/// \param to its new name.
/// \param mode what to do where `to` exists.
///
/// If both names are hard links to one file, `replace` does nothing and succeeds, and both names
/// stay, as with rename(2). A program that needs the old name removed must then remove it
/// (`async_remove`) if `async_status` shows that both are one file. `no_replace` reports
/// `file_exists`, and `exchange` changes nothing.
///
/// \param token completes with `void(error_code)`. `cross_device_link` if the names are on two file
///   systems. With `no_replace`, if the file system, the kernel or a sandbox does not support doing
///   it in one step (renameat2(2), Linux 3.15), a new link is made and the old one removed, so that
///   for a moment both names exist; `operation_not_supported` if links are not supported either,
///   and `operation_not_permitted` if a failure to remove the old name could not be undone. With
///   `exchange`, `operation_not_supported` if the kernel or a sandbox does not support it, and
///   `invalid_argument` if the file system does not.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_rename(Source&& source, const std::string& from, const std::string& to,
                  rename_mode mode, Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_job, void(boost::system::error_code)>(
      source, token,
      {.make = &detail::rename_path,
       .path = from,
       .other_path = to,
       .option = static_cast<std::uint32_t>(mode)});
}

/// As above, replacing a file that has the new name.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_rename(Source&& source, const std::string& from, const std::string& to,
                  Token&& token = detail::default_token_of<Source>()) {
  return async_rename(source, from, to, rename_mode::replace, std::forward<Token>(token));
}

/// Removes a name: a file's, a symbolic link's, or that of an empty directory.
///
/// \param source see above.
/// \param path the name to remove. File objects that have the file open can still use it.
/// \param token completes with `void(error_code)`: `no_such_file_or_directory` if there is none,
///   `directory_not_empty`.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_remove(Source&& source, const std::string& path,
                  Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_job, void(boost::system::error_code)>(
      source, token, {.make = &detail::remove_path, .path = path});
}

/// Makes a directory.
///
/// \param source see above.
/// \param path of the new directory, whose parent must exist.
/// \param permissions as for chmod(2), 0 to 07777, less the process's umask; `invalid_argument`
///   otherwise. Whether the set-user-ID and set-group-ID bits have an effect depends on mkdir(2):
///   on Linux they have none.
/// \param token completes with `void(error_code)`: `file_exists` if the name exists.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_create_directory(Source&& source, const std::string& path, std::uint32_t permissions,
                            Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_job, void(boost::system::error_code)>(
      source, token,
      {.make = &detail::create_directory, .path = path, .option = permissions});
}

/// As above, with permissions 0777 less the umask.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_create_directory(Source&& source, const std::string& path,
                            Token&& token = detail::default_token_of<Source>()) {
  return async_create_directory(source, path, 0777U, std::forward<Token>(token));
}

/// Makes a directory and those above it that are missing, all with permissions 0777 less the umask.
///
/// \param source see above.
/// \param path of the directory.
/// \param token completes with `void(error_code)`: success even if it exists; `file_exists` if
///   something else has its name, `not_a_directory` if a component of the path is something else.
///   After an error or a cancellation, the directories made so far stay.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_create_directories(Source&& source, const std::string& path,
                              Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_job, void(boost::system::error_code)>(
      source, token, {.make = &detail::create_directories, .path = path, .option = 0777U});
}

/// Gives a file an additional name (a hard link).
///
/// \param source see above.
/// \param existing its present name. A symbolic link is not followed.
/// \param link_path the additional name, on the same file system.
/// \param token completes with `void(error_code)`: `file_exists` if the name exists,
///   `operation_not_permitted` for a directory, `cross_device_link`, `too_many_links`.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_link(Source&& source, const std::string& existing, const std::string& link_path,
                Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_job, void(boost::system::error_code)>(
      source, token,
      {.make = &detail::link_path, .path = existing, .other_path = link_path});
}

/// Makes a symbolic link.
///
/// \param source see above.
/// \param target the text of the link: any that is not empty. A relative path is relative to the
///   link's directory. The target need not exist.
/// \param link_path of the new link.
/// \param token completes with `void(error_code)`: `file_exists` if the name exists.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_symlink(Source&& source, const std::string& target, const std::string& link_path,
                   Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_job, void(boost::system::error_code)>(
      source, token,
      {.make = &detail::create_symlink, .path = target, .other_path = link_path});
}

/// Reads the text of a symbolic link.
///
/// \param source see above.
/// \param path of the link.
/// \param token completes with `void(error_code, std::string)`: the text; `invalid_argument` if the
///   path is not a symbolic link.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code, std::string)> Token =
              detail::default_token_of<Source>>
auto async_read_symlink(Source&& source, const std::string& path,
                        Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::found_path_job,
                                void(boost::system::error_code, std::string)>(
      source, token, {.make = &detail::read_symlink, .path = path});
}

/// Makes the names in a directory durable: those created, changed and removed before the call. The
/// content of files is synchronised separately (`basic_file::async_sync_data`).
///
/// \param source see above.
/// \param path of the directory.
/// \param token completes with `void(error_code)`: `not_a_directory`, `permission_denied` if it may
///   not be read, or what fsync(2) reports. A failure is reported once and never retried.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code)> Token =
              detail::default_token_of<Source>>
auto async_sync_directory(Source&& source, const std::string& path,
                          Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::path_job, void(boost::system::error_code)>(
      source, token, {.make = &detail::sync_directory, .path = path});
}

/// Makes a new empty file with a unique name and mode 0600.
///
/// The program removes it; if the handler is dropped with the context, the file stays. For an
/// unnamed file, which cannot be left behind, see `file_base::temporary`.
///
/// \param source see above.
/// \param path of the directory to make it in.
/// \param prefix the beginning of its name, without a slash (`invalid_argument`).
/// \param token completes with `void(error_code, std::string)`: the file's path, which begins with
///   `path`.
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code, std::string)> Token =
              detail::default_token_of<Source>>
auto async_create_temporary(Source&& source, const std::string& path,
                            const std::string& prefix,
                            Token&& token = detail::default_token_of<Source>()) {
  return detail::start_path_job<detail::found_path_job,
                                void(boost::system::error_code, std::string)>(
      source, token,
      {.make = &detail::create_temporary, .path = path, .other_path = prefix});
}

/// As above, with a name that begins with "tmp-".
template <detail::executor_source Source,
          boost::asio::completion_token_for<void(boost::system::error_code, std::string)> Token =
              detail::default_token_of<Source>>
auto async_create_temporary(Source&& source, const std::string& path,
                            Token&& token = detail::default_token_of<Source>()) {
  return async_create_temporary(source, path, "tmp-", std::forward<Token>(token));
}

}  // namespace asiofile
