// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// An open directory as the root of paths.

#include <asiofile/basic_directory_reader.hpp>
#include <asiofile/basic_file.hpp>
#include <asiofile/buffer_sequence.hpp>
#include <asiofile/copy_file.hpp>
#include <asiofile/detail/all_iovecs.hpp>
#include <asiofile/detail/directory_jobs.hpp>
#include <asiofile/detail/path_job.hpp>
#include <asiofile/detail/whole_file_jobs.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/name_options.hpp>
#include <asiofile/replacement_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace asiofile {

/// An open directory in which paths begin and which they cannot leave. For paths from untrusted
/// sources, such as the clients of a file server, and for a program that works in one directory
/// wherever that is moved to.
///
/// \par Paths
/// Relative to the directory. A path that is absolute, goes above the directory by "..", or meets a
/// symbolic link that does either, fails with `cross_device_link` (EXDEV, as openat2(2) reports it
/// with RESOLVE_BENEATH) and has no effect. Links and ".." that stay beneath the directory are
/// followed; the links of /proc that stand for open files never are
/// (`too_many_symbolic_link_levels`). Otherwise as in <asiofile/file_system.hpp>.
///
/// \par Operations
/// The same as the free functions of the same names, with the same results, errors and
/// cancellation. Any number may be in flight, started from any threads. An operation works on the
/// directory that was open when it was started: nothing that is done to the object afterwards
/// affects it, `cancel` and `close` included. The descriptor is closed when the last operation has
/// completed. On a closed object, operations complete with `bad_descriptor`.
///
/// \par The directory itself
/// `close`, `async_close`, `status`, `async_status()`, `sync_all` (its names), `native_handle`,
/// `assign`, `release` and the rest are those of `basic_file`.
///
/// \par Thread safety
/// As `basic_file`.
///
/// \code
/// asiofile::directory root(co_await asio::this_coro::executor);
/// co_await root.async_open("/srv/www", asio::use_awaitable);
/// const std::string page = co_await root.async_read_file(path, 1 << 20, asio::use_awaitable);
/// \endcode
template <typename Executor = boost::asio::any_io_executor>
class basic_directory : public basic_file<Executor> {
 public:
  /// The type of the executor associated with the directory.
  using executor_type = Executor;

  /// A file descriptor.
  using native_handle_type = typename basic_file<Executor>::native_handle_type;

  /// Rebinds the directory type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The directory type when rebound.
    using other = basic_directory<Executor1>;
  };

  /// Makes a closed directory.
  ///
  /// \param ex the executor for handlers that have no associated executor; its context's
  ///   `file_service` runs the operations.
  /// \throws std::bad_alloc, or boost::system::system_error where the context has no service yet
  ///   and none can be made.
  explicit basic_directory(const executor_type& ex) : basic_file<Executor>(ex) {}

  /// Makes a closed directory on `context.get_executor()`.
  template <detail::execution_context ExecutionContext>
  explicit basic_directory(ExecutionContext& context) : basic_file<Executor>(context) {}

  /// Makes a directory and opens it: see `open`.
  basic_directory(const executor_type& ex, const std::string& path) : basic_file<Executor>(ex) {
    open(path);
  }

  /// \copydoc basic_directory(const executor_type&, const std::string&)
  template <detail::execution_context ExecutionContext>
  basic_directory(ExecutionContext& context, const std::string& path)
      : basic_file<Executor>(context) {
    open(path);
  }

  /// Moves the open directory here. `other` is left closed, as if newly made on its executor.
  basic_directory(basic_directory&& other) noexcept = default;
  /// Does what the destructor does, then moves `other` here.
  basic_directory& operator=(basic_directory&& other) noexcept = default;

  /// Moves from a directory of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_directory(basic_directory<Executor1>&& other) : basic_file<Executor>(std::move(other)) {}

  /// Does what the destructor does, then moves from a directory of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_directory& operator=(basic_directory<Executor1>&& other) {
    basic_file<Executor>::operator=(std::move(other));
    return *this;
  }

  /// Closes the directory. Operations that were started on it continue.
  ~basic_directory() = default;

  /// Opens a directory. Blocks as open(2) does.
  ///
  /// \param path of the directory, which is trusted: relative to the process's working directory,
  ///   or absolute.
  /// \param ec success, `already_open` where this object has a directory or one is being opened,
  ///   `not_a_directory`, `permission_denied` where it may not be read, or another error of
  ///   open(2).
  detail::sync_result open(const std::string& path, boost::system::error_code& ec) {
    return basic_file<Executor>::open(path, opening, ec);
  }

  /// As above, throwing `boost::system::system_error`.
  void open(const std::string& path) { basic_file<Executor>::open(path, opening); }

  /// Opens a directory without blocking.
  ///
  /// \param path as for `open`; copied.
  /// \param token completes with `void(error_code)`: what `open` reports, or `operation_aborted` if
  ///   the object was closed or destroyed or the operation cancelled meanwhile.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open(const std::string& path,
                  OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return basic_file<Executor>::async_open(path, opening, std::forward<OpenToken>(token));
  }

  /// Opens a file beneath the directory: `file.async_open_beneath(*this, ...)`.
  ///
  /// \param file any file object, on any executor; its service runs the operation.
  /// \param path as in the class.
  /// \param open_flags see `file_base::flags`.
  /// \param token completes with `void(error_code)`, as `basic_file::async_open_beneath`.
  template <typename File,
            boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
    requires std::derived_from<File, file_base>
  auto async_open_file(
      File& file, const std::string& path, file_base::flags open_flags,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) const {
    return file.async_open_beneath(*this, path, open_flags, std::forward<OpenToken>(token));
  }

  /// As above, with the permissions that the file gets if it is created.
  template <typename File,
            boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
    requires std::derived_from<File, file_base>
  auto async_open_file(
      File& file, const std::string& path, file_base::flags open_flags, std::uint32_t permissions,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) const {
    return file.async_open_beneath(*this, path, open_flags, permissions,
                                   std::forward<OpenToken>(token));
  }

  /// Opens a file beneath the directory and returns its status at no extra cost.
  ///
  /// \param file as above.
  /// \param path as in the class.
  /// \param open_flags see `file_base::flags`.
  /// \param token completes with `void(error_code, file_status)`, as
  ///   `basic_file::async_open_beneath_with_status`.
  template <
      typename File,
      boost::asio::completion_token_for<void(boost::system::error_code, file_status)> OpenToken =
          boost::asio::default_completion_token_t<executor_type>>
    requires std::derived_from<File, file_base>
  auto async_open_file_with_status(
      File& file, const std::string& path, file_base::flags open_flags,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) const {
    return file.async_open_beneath_with_status(*this, path, open_flags,
                                               std::forward<OpenToken>(token));
  }

  /// Opens a directory beneath this one. Paths given to `directory` then begin in, and cannot
  /// leave, that directory.
  ///
  /// \param directory a closed one, on any executor; its service runs the operation.
  /// \param path as in the class; `.` for the directory itself.
  /// \param token completes with `void(error_code)`, as `async_open`.
  template <typename Executor1,
            boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open_directory(
      basic_directory<Executor1>& directory, const std::string& path,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) const {
    return directory.async_open_beneath(*this, path, opening, std::forward<OpenToken>(token));
  }

  /// Opens a reader that lists a directory beneath this one.
  ///
  /// \param reader a closed one, on any executor; its service runs the operation.
  /// \param path as in the class; `.` for the directory itself.
  /// \param token completes with `void(error_code)`, as `basic_directory_reader::async_open`.
  template <typename Executor1,
            boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open_reader(
      basic_directory_reader<Executor1>& reader, const std::string& path,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return reader.start_open_beneath(this->shared_state(), path, token);
  }

  using basic_file<Executor>::async_status;

  /// Gets the status of a file beneath the directory without opening it.
  ///
  /// \param links what to do where `path` ends in a symbolic link.
  /// \param token completes with `void(error_code, file_status)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code, file_status)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_status(const std::string& path, symlinks links,
                    Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_status_job, void(boost::system::error_code, file_status)>(
        token, {.make = &detail::find_path_status,
                .path = path,
                .option = static_cast<std::uint32_t>(links)});
  }

  /// As above, following symbolic links.
  template <boost::asio::completion_token_for<void(boost::system::error_code, file_status)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_status(const std::string& path,
                    Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return async_status(path, symlinks::follow, std::forward<Token>(token));
  }

  /// Gives a file or directory another name beneath the directory.
  ///
  /// \param mode what to do where `to` exists.
  /// \param token completes with `void(error_code)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_rename(const std::string& from, const std::string& to, rename_mode mode,
                    Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_job, void(boost::system::error_code)>(
        token, {.make = &detail::rename_path,
                .path = from,
                .other_path = to,
                .option = static_cast<std::uint32_t>(mode)});
  }

  /// As above, replacing a file that has the new name.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_rename(const std::string& from, const std::string& to,
                    Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return async_rename(from, to, rename_mode::replace, std::forward<Token>(token));
  }

  /// Removes a name: a file's, a symbolic link's, or that of an empty directory.
  ///
  /// \param path relative to the directory, as all paths here.
  /// \param token completes with `void(error_code)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_remove(const std::string& path,
                    Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_job, void(boost::system::error_code)>(
        token, {.make = &detail::remove_path, .path = path});
  }

  /// Makes a directory.
  ///
  /// \param permissions as for chmod(2), 0 to 07777, less the process's umask.
  /// \param token completes with `void(error_code)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_create_directory(
      const std::string& path, std::uint32_t permissions,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_job, void(boost::system::error_code)>(
        token,
        {.make = &detail::create_directory, .path = path, .option = permissions});
  }

  /// As above, with permissions 0777 less the umask.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_create_directory(
      const std::string& path,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return async_create_directory(path, 0777U, std::forward<Token>(token));
  }

  /// Makes a directory and those above it that are missing.
  ///
  /// \param path the directory to make.
  /// \param token completes with `void(error_code)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_create_directories(
      const std::string& path,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_job, void(boost::system::error_code)>(
        token, {.make = &detail::create_directories, .path = path, .option = 0777U});
  }

  /// Gives a file an additional name (a hard link).
  ///
  /// \param existing the file.
  /// \param link_path its additional name.
  /// \param token completes with `void(error_code)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_link(const std::string& existing, const std::string& link_path,
                  Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_job, void(boost::system::error_code)>(
        token, {.make = &detail::link_path, .path = existing, .other_path = link_path});
  }

  /// Makes a symbolic link.
  ///
  /// \param target the text of the link: not empty, not checked. If it leads out of the directory,
  ///   this object's functions cannot follow the link.
  /// \param link_path the name of the link.
  /// \param token completes with `void(error_code)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_symlink(const std::string& target, const std::string& link_path,
                     Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_job, void(boost::system::error_code)>(
        token, {.make = &detail::create_symlink, .path = target, .other_path = link_path});
  }

  /// Reads the text of a symbolic link.
  ///
  /// \param path the link.
  /// \param token completes with `void(error_code, std::string)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code, std::string)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_read_symlink(
      const std::string& path,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::found_path_job, void(boost::system::error_code, std::string)>(
        token, {.make = &detail::read_symlink, .path = path});
  }

  /// Makes the names in a directory durable.
  ///
  /// \param path as in the class; `.` for the directory itself.
  /// \param token completes with `void(error_code)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_sync_directory(
      const std::string& path,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::path_job, void(boost::system::error_code)>(
        token, {.make = &detail::sync_directory, .path = path});
  }

  /// Makes a new empty file with a unique name and mode 0600.
  ///
  /// \param path of the directory to make it in; `.` for the directory itself.
  /// \param prefix the beginning of its name, without a slash (`invalid_argument`).
  /// \param token completes with `void(error_code, std::string)`: the file's path, which begins
  ///   with `path`.
  template <boost::asio::completion_token_for<void(boost::system::error_code, std::string)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_create_temporary(
      const std::string& path, const std::string& prefix,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_call<detail::found_path_job, void(boost::system::error_code, std::string)>(
        token, {.make = &detail::create_temporary, .path = path, .other_path = prefix});
  }

  /// Reads a whole file.
  ///
  /// \param max_bytes the most bytes that it may have: `file_too_large` otherwise.
  /// \param token completes with `void(error_code, std::string)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code, std::string)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_read_file(const std::string& path, std::uint64_t max_bytes,
                       Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start<detail::read_file_job, void(boost::system::error_code, std::string)>(
        token, [=] { return detail::make_read_file_job(path, max_bytes); });
  }

  /// As above, without a limit.
  template <typename Token = boost::asio::default_completion_token_t<executor_type>>
    requires(!std::integral<std::decay_t<Token>> &&
             boost::asio::completion_token_for<Token,
                                               void(boost::system::error_code, std::string)>)
  auto async_read_file(const std::string& path,
                       Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return async_read_file(path, ~std::uint64_t{0}, std::forward<Token>(token));
  }

  /// Writes a whole file, which is created or truncated.
  ///
  /// \param buffers the new content; must stay valid until the handler runs.
  /// \param path the file.
  /// \param token completes with `void(error_code, std::size_t)`.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_write_file(const std::string& path, const ConstBufferSequence& buffers,
                        Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start<detail::write_file_job, void(boost::system::error_code, std::size_t)>(
        token, [=] {
          return detail::make_write_file_job(path, detail::write_start::truncated,
                                             detail::all_iovecs(buffers));
        });
  }

  /// Appends to a file, which is created where there is none.
  ///
  /// \param buffers what to append; must stay valid until the handler runs.
  /// \param path the file.
  /// \param token completes with `void(error_code, std::size_t)`.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_append_file(const std::string& path, const ConstBufferSequence& buffers,
                         Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start<detail::write_file_job, void(boost::system::error_code, std::size_t)>(
        token, [=] {
          return detail::make_write_file_job(path, detail::write_start::at_end,
                                             detail::all_iovecs(buffers));
        });
  }

  /// Replaces the content of a file atomically and durably.
  ///
  /// \param buffers the new content; must stay valid until the handler runs.
  /// \param path the file.
  /// \param token completes with `void(error_code)`.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_replace_file(
      const std::string& path, const ConstBufferSequence& buffers,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start<detail::job, void(boost::system::error_code)>(
        token, [=] { return detail::make_replace_file_job(path, detail::all_iovecs(buffers)); });
  }

  /// Begins to replace a file beneath the directory, whose new content is written in parts:
  /// `replacement.async_open_beneath(*this, ...)`.
  ///
  /// \param replacement a `basic_replacement_file`, on any executor; its service runs the
  ///   operation.
  /// \param path as in the class.
  /// \param options see `replacement_options`.
  /// \param token completes with `void(error_code)`.
  template <typename Replacement,
            boost::asio::completion_token_for<void(boost::system::error_code)> Token =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open_replacement(
      Replacement& replacement, const std::string& path, const replacement_options& options,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return replacement.async_open_beneath(*this, path, options, std::forward<Token>(token));
  }

  /// As above, with default `replacement_options`.
  template <typename Replacement,
            typename Token = boost::asio::default_completion_token_t<executor_type>>
    requires(!std::same_as<std::decay_t<Token>, replacement_options> &&
             boost::asio::completion_token_for<Token, void(boost::system::error_code)>)
  auto async_open_replacement(
      Replacement& replacement, const std::string& path,
      Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return async_open_replacement(replacement, path, replacement_options(),
                                  std::forward<Token>(token));
  }

  /// Copies a file beneath the directory to another name beneath it.
  ///
  /// \param options see `copy_options`.
  /// \param token completes with `void(error_code, std::uint64_t)`.
  template <boost::asio::completion_token_for<void(boost::system::error_code, std::uint64_t)>
                Token = boost::asio::default_completion_token_t<executor_type>>
  auto async_copy_file(const std::string& from, const std::string& to, const copy_options& options,
                       Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return detail::start_copy(this->get_executor(), this->shared_state(), from, to, options,
                              token);
  }

  /// As above, with default `copy_options`.
  template <typename Token = boost::asio::default_completion_token_t<executor_type>>
    requires(!std::same_as<std::decay_t<Token>, copy_options> &&
             boost::asio::completion_token_for<Token,
                                               void(boost::system::error_code, std::uint64_t)>)
  auto async_copy_file(const std::string& from, const std::string& to,
                       Token&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return async_copy_file(from, to, copy_options(), std::forward<Token>(token));
  }

 private:
  static constexpr auto opening = static_cast<file_base::flags>(O_RDONLY | O_DIRECTORY);

  template <typename>
  friend class basic_directory;

  template <typename Job, typename Signature, typename Token, typename Factory>
  auto start(Token& token, Factory make) {
    return detail::start_beneath<Job, Signature>(*this, token, this->shared_state(),
                                                 std::move(make));
  }

  template <typename Job, typename Signature, typename Token>
  auto start_call(Token& token, detail::path_call call) {
    return start<Job, Signature>(token, detail::path_job_factory<Job>{std::move(call)});
  }
};

}  // namespace asiofile
