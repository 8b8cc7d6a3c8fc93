// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What all file classes have in common: opening, closing, size, durability, cancellation.

#include <asiofile/detail/beneath.hpp>
#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/file_functions.hpp>
#include <asiofile/detail/initiation.hpp>
#include <asiofile/detail/open_error.hpp>
#include <asiofile/detail/shared_state_access.hpp>
#include <asiofile/detail/sync_result.hpp>
#include <asiofile/file_advice.hpp>
#include <asiofile/file_base.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/io_alignment.hpp>
#include <asiofile/io_priority.hpp>
#include <asiofile/lock_mode.hpp>
#include <asiofile/size_rule.hpp>
#include <asiofile/write_flags.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace asiofile {

/// The base of the file classes. Not used by itself.
///
/// \par Names
/// The functions of `boost::asio::basic_file`, with the same names and meanings, and the
/// asynchronous functions that Boost.Asio lacks.
///
/// \par Errors
/// Every error is an `error_code`: Asio's own `eof` and `already_open`, otherwise one of the system
/// category. The same mistake gives the same error on every backend: `bad_descriptor` (EBADF) on a
/// closed file or one that is not open for the operation, `invalid_argument` for an offset or size
/// above 2^63 - 1, `is_a_directory`, and so on as the system's own calls report them. Asynchronous
/// functions report errors through the handler, never by exception; they throw only
/// `std::bad_alloc`, and then nothing was started. Synchronous functions without an `error_code`
/// parameter throw `boost::system::system_error`, whose `what()` begins with the function's name,
/// followed by the path if a file cannot be opened. Those with the parameter also return it, as
/// Boost.Asio's do: `boost::system::error_code`, or `void` where the program defines
/// `BOOST_ASIO_NO_DEPRECATED`.
///
/// \par Completion
/// A handler runs exactly once, through its associated executor, and never inside the initiating
/// function; only the destruction of the context drops it. When it runs, neither the kernel nor
/// a thread refers to the operation's buffers any more.
///
/// \par Cancellation
/// By the token's cancellation slot (terminal, partial or total), `cancel`, `close` or the
/// destructor. It is a request: the handler reports what really happened, `operation_aborted` if
/// the operation had no effect, otherwise its actual result.
///
/// \par Paths in coroutines
/// g++ 12 miscompiles `co_await file.async_open(c ? "a" : text, flags)`, and likewise for any other
/// function: the temporary string that the conditional operator makes is destroyed twice. Make a
/// variable first: `const std::string path = c ? "a" : text;`.
///
/// \par Lifetimes
/// Buffers must stay valid until the handler runs. The file object need not: destroying it with
/// operations in flight requests their cancellation without waiting, and the descriptor stays open
/// until the last of them has completed. So an operation always works on the file that it was
/// started on, whatever is closed and opened meanwhile.
///
/// \par Thread safety
/// Distinct objects: safe. One object: its asynchronous functions may be started, and `cancel`,
/// `close`, `is_open` and the synchronous operations called, from any number of threads at a
/// time; moving it or assigning to it may not coincide with anything else. (With a concurrency
/// hint of `BOOST_ASIO_CONCURRENCY_HINT_UNSAFE` or `..._UNSAFE_IO`, the context's own rules are
/// stricter and apply.)
template <typename Executor = boost::asio::any_io_executor>
class basic_file : public file_base {
 public:
  /// The type of the executor associated with the file.
  using executor_type = Executor;

  /// Rebinds the file type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The file type when rebound.
    using other = basic_file<Executor1>;
  };

  /// A file descriptor.
  using native_handle_type = int;

  /// Makes a closed file.
  ///
  /// \param ex the executor for handlers that have no associated executor; its context's
  ///   `file_service` runs the operations.
  /// \throws std::bad_alloc, or boost::system::system_error where the context has no service yet
  ///   and none can be made.
  explicit basic_file(const executor_type& ex)
      : executor_(ex),
        state_(detail::make_file(ex)) {}

  /// Makes a closed file on `context.get_executor()`.
  template <detail::execution_context ExecutionContext>
  explicit basic_file(ExecutionContext& context)
      : basic_file(executor_type(context.get_executor())) {}

  /// Makes a file and opens it: see `open`.
  basic_file(const executor_type& ex, const char* path, file_base::flags open_flags)
      : basic_file(ex) {
    open(path, open_flags);
  }

  /// \copydoc basic_file(const executor_type&, const char*, file_base::flags)
  basic_file(const executor_type& ex, const std::string& path, file_base::flags open_flags)
      : basic_file(ex) {
    open(path, open_flags);
  }

  /// \copydoc basic_file(const executor_type&, const char*, file_base::flags)
  template <detail::execution_context ExecutionContext>
  basic_file(ExecutionContext& context, const char* path, file_base::flags open_flags)
      : basic_file(context) {
    open(path, open_flags);
  }

  /// \copydoc basic_file(const executor_type&, const char*, file_base::flags)
  template <detail::execution_context ExecutionContext>
  basic_file(ExecutionContext& context, const std::string& path, file_base::flags open_flags)
      : basic_file(context) {
    open(path, open_flags);
  }

  /// Makes a file and opens it; one that is created gets these permissions: see `open`.
  basic_file(const executor_type& ex, const std::string& path, file_base::flags open_flags,
             std::uint32_t permissions)
      : basic_file(ex) {
    open(path, open_flags, permissions);
  }

  /// \copydoc basic_file(const executor_type&, const std::string&, file_base::flags, std::uint32_t)
  template <detail::execution_context ExecutionContext>
  basic_file(ExecutionContext& context, const std::string& path, file_base::flags open_flags,
             std::uint32_t permissions)
      : basic_file(context) {
    open(path, open_flags, permissions);
  }

  /// Makes a file that owns a descriptor that the program has opened: see `assign`.
  basic_file(const executor_type& ex, const native_handle_type& native_file) : basic_file(ex) {
    assign(native_file);
  }

  /// \copydoc basic_file(const executor_type&, const native_handle_type&)
  template <detail::execution_context ExecutionContext>
  basic_file(ExecutionContext& context, const native_handle_type& native_file)
      : basic_file(context) {
    assign(native_file);
  }

  /// Makes a file that uses a descriptor without owning it: see `assign`.
  basic_file(const executor_type& ex, const native_handle_type& native_file, borrowed_t)
      : basic_file(ex) {
    assign(native_file, borrowed);
  }

  /// \copydoc basic_file(const executor_type&, const native_handle_type&, borrowed_t)
  template <detail::execution_context ExecutionContext>
  basic_file(ExecutionContext& context, const native_handle_type& native_file, borrowed_t)
      : basic_file(context) {
    assign(native_file, borrowed);
  }

  /// Moves the open file and its operations in flight here. `other` is left closed, as if newly
  /// made on its executor.
  basic_file(basic_file&& other) noexcept
      : executor_(other.executor_), state_(std::move(other.state_)) {}

  /// Does what the destructor does, then moves `other` here.
  basic_file& operator=(basic_file&& other) noexcept {
    if (this != &other) {
      abandon();
      executor_ = other.executor_;
      state_ = std::move(other.state_);
    }
    return *this;
  }

  /// The executor associated with the file.
  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

  /// Opens a file.
  ///
  /// Blocks the calling thread for as long as open(2) does: on an event loop's thread, prefer
  /// `async_open`.
  ///
  /// \param path relative to the process's working directory, or absolute. No embedded zero byte.
  /// \param open_flags see `file_base::flags`.
  /// \param ec success, `already_open` where this object has a file or one is being opened,
  ///   `invalid_argument` for a path with a zero byte, or what open(2) reports. Where no backend
  ///   works on this machine: why the last one (threads) does not.
  detail::sync_result open(const std::string& path, file_base::flags open_flags,
                           boost::system::error_code& ec) {
    return open(path, open_flags, detail::default_permissions, ec);
  }

  /// \copydoc open(const std::string&, file_base::flags, boost::system::error_code&)
  detail::sync_result open(const char* path, file_base::flags open_flags,
                           boost::system::error_code& ec) {
    open_file(path, open_flags, detail::default_permissions, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing `boost::system::system_error`: `open "the path": No such file or
  /// directory`.
  void open(const std::string& path, file_base::flags open_flags) {
    open(path, open_flags, detail::default_permissions);
  }

  /// As above, throwing.
  void open(const char* path, file_base::flags open_flags) {
    boost::system::error_code ec;
    open_file(path, open_flags, detail::default_permissions, ec);
    detail::throw_on_open(ec, "open", path);
  }

  /// Opens a file, with the permissions that it gets if it is created.
  ///
  /// \param path as above.
  /// \param open_flags as above. The permissions matter only with `create`, and not with
  ///   `temporary`.
  /// \param permissions as for chmod(2), 0 to 07777, less the process's umask. 0666 is what the
  ///   other overloads use; 0600 makes a private file. They do not limit this opening: a file
  ///   created with 0400 can be written through this object.
  /// \param ec as above; `invalid_argument` for permissions out of range.
  detail::sync_result open(const std::string& path, file_base::flags open_flags,
                           std::uint32_t permissions, boost::system::error_code& ec) {
    open_file(path, open_flags, permissions, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void open(const std::string& path, file_base::flags open_flags, std::uint32_t permissions) {
    boost::system::error_code ec;
    open_file(path, open_flags, permissions, ec);
    detail::throw_on_open(ec, "open", path);
  }

  /// Opens a file without blocking.
  ///
  /// A worker thread opens the file. On Linux 5.12 and newer, a regular file whose path is in the
  /// kernel's caches is opened without one, by the thread that runs the context (`RESOLVE_CACHED`
  /// in openat2(2)); except a file on a server, the first one of its mount or of the context, and
  /// one that is to be created or truncated.
  ///
  /// \param path as for `open`; copied.
  /// \param open_flags as for `open`.
  /// \param token completes with `void(error_code)`: what `open` reports, or `operation_aborted` if
  ///   the object was closed or destroyed or the operation cancelled meanwhile. The file is then
  ///   not open, though it may have been created.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open(const std::string& path, file_base::flags open_flags,
                  OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_open<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::open, token, path, open_flags, detail::default_permissions);
  }

  /// As above, with the permissions that the file gets if it is created.
  ///
  /// \param permissions as for `open`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open(const std::string& path, file_base::flags open_flags, std::uint32_t permissions,
                  OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_open<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::open, token, path, open_flags, permissions);
  }

  /// Opens a file without blocking, and returns its status at no extra cost.
  ///
  /// \param path as for `async_open`.
  /// \param open_flags as for `open`.
  /// \param token completes with `void(error_code, file_status)`: the status as `async_status`
  ///   reports it, at the time of opening; on error, a default-constructed one.
  template <boost::asio::completion_token_for<void(boost::system::error_code, file_status)>
                OpenToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_open_with_status(
      const std::string& path, file_base::flags open_flags,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_open_with_status<executor_type>,
                    void(boost::system::error_code, file_status)>(
        detail::operation_kind::open, token, path, open_flags, detail::default_permissions);
  }

  /// Opens a file beneath a directory, which the path cannot leave. For paths from untrusted
  /// sources, such as the clients of a file server.
  ///
  /// A path is refused if it is absolute, goes above the root by "..", or meets a symbolic link
  /// that does either; so are the links of /proc that stand for open files of a process. Links and
  /// ".." that stay beneath the root are followed; so are mounts and hard links, which only an
  /// administrator can place there. Uses openat2(2) with RESOLVE_BENEATH where the kernel has it
  /// (Linux 5.6); elsewhere opens one directory after the other, with the same results, which takes
  /// a descriptor for each directory of the path.
  ///
  /// Blocks as `open` does.
  ///
  /// \param root the directory, which is trusted: its path, as for `open`, or a file object of any
  ///   executor that was opened `read_only` on it, which stands for the directory wherever that has
  ///   been moved since (`bad_descriptor` if it is closed).
  /// \param path relative to the root; 1 to 4,095 bytes.
  /// \param open_flags see `file_base::flags`. `temporary`, and flags that are not named there, are
  ///   `invalid_argument`.
  /// \param ec as for `open`; in addition `cross_device_link` (EXDEV, as openat2(2) reports it) for
  ///   a path that leaves the root, `too_many_symbolic_link_levels` for more than 40 links and for
  ///   those of /proc, `not_a_directory` if the root is not one.
  template <detail::directory_source Root>
  detail::sync_result open_beneath(const Root& root, const std::string& path,
                                   file_base::flags open_flags, boost::system::error_code& ec) {
    return open_beneath(root, path, open_flags, detail::default_permissions, ec);
  }

  /// As above, throwing: `open_beneath "the path" in "the root"`, the root only if it was given as
  /// a path.
  template <detail::directory_source Root>
  void open_beneath(const Root& root, const std::string& path, file_base::flags open_flags) {
    open_beneath(root, path, open_flags, detail::default_permissions);
  }

  /// As above, with the permissions that the file gets if it is created.
  ///
  /// \param permissions as for `open`.
  template <detail::directory_source Root>
  detail::sync_result open_beneath(const Root& root, const std::string& path,
                                   file_base::flags open_flags, std::uint32_t permissions,
                                   boost::system::error_code& ec) {
    detail::open_beneath(state(), beneath(root), path, open_flags, permissions, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  template <detail::directory_source Root>
  void open_beneath(const Root& root, const std::string& path, file_base::flags open_flags,
                    std::uint32_t permissions) {
    boost::system::error_code ec;
    open_beneath(root, path, open_flags, permissions, ec);
    if constexpr (std::convertible_to<const Root&, std::string>)
      detail::throw_on_open(ec, "open_beneath", path, std::string(root));
    else
      detail::throw_on_open(ec, "open_beneath", path);
  }

  /// Opens a file beneath a directory without blocking.
  ///
  /// \param root as for `open_beneath`. A path is copied; a file object may be closed or destroyed
  ///   after this call, because the operation duplicates the descriptor (`too_many_files_open` if
  ///   that fails).
  /// \param path as for `open_beneath`; copied.
  /// \param open_flags as for `open_beneath`.
  /// \param token completes with `void(error_code)`: what `open_beneath` reports, or
  ///   `operation_aborted`, as for `async_open`.
  template <detail::directory_source Root,
            boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open_beneath(
      const Root& root, const std::string& path, file_base::flags open_flags,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return async_open_beneath(root, path, open_flags, detail::default_permissions,
                              std::forward<OpenToken>(token));
  }

  /// As above, with the permissions that the file gets if it is created.
  ///
  /// \param permissions as for `open`.
  template <detail::directory_source Root,
            boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open_beneath(
      const Root& root, const std::string& path, file_base::flags open_flags,
      std::uint32_t permissions,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_open_beneath<executor_type>,
                    void(boost::system::error_code)>(detail::operation_kind::open, token,
                                                     beneath(root), path, open_flags, permissions);
  }

  /// Opens a file beneath a directory without blocking, and returns its status.
  ///
  /// \param root as for `async_open_beneath`.
  /// \param path as for `open_beneath`; copied.
  /// \param open_flags as for `open_beneath`.
  /// \param token completes with `void(error_code, file_status)`, as `async_open_with_status`.
  template <detail::directory_source Root,
            boost::asio::completion_token_for<void(boost::system::error_code, file_status)>
                OpenToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_open_beneath_with_status(
      const Root& root, const std::string& path, file_base::flags open_flags,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_open_beneath_with_status<executor_type>,
                    void(boost::system::error_code, file_status)>(
        detail::operation_kind::open, token, beneath(root), path, open_flags,
        detail::default_permissions);
  }

  /// Takes ownership of a descriptor that the program has opened. The file object closes it.
  ///
  /// \param native_file an open descriptor of any kind. FIFOs, terminals and sockets have no
  ///   position: offsets are ignored there. Operations on a non-blocking one wait as on any other.
  /// \param ec success; `already_open` if this object has a file, `bad_descriptor` if the number is
  ///   not an open descriptor. On failure the caller keeps the descriptor.
  detail::sync_result assign(const native_handle_type& native_file,
                             boost::system::error_code& ec) {
    detail::assign(state(), native_file, detail::ownership::owned, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void assign(const native_handle_type& native_file) {
    boost::system::error_code ec;
    assign(native_file, ec);
    throw_on(ec, "assign");
  }

  /// Uses a descriptor without owning it. Whoever opened it must keep it open until this object
  /// has been closed with `close` or `async_close`, or until the handlers of all its operations
  /// have run.
  ///
  /// \param native_file as for `assign`.
  /// \param ec as for `assign`.
  detail::sync_result assign(const native_handle_type& native_file, borrowed_t,
                             boost::system::error_code& ec) {
    detail::assign(state(), native_file, detail::ownership::borrowed, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void assign(const native_handle_type& native_file, borrowed_t) {
    boost::system::error_code ec;
    assign(native_file, borrowed, ec);
    throw_on(ec, "assign");
  }

  /// Whether a file is open. False while `async_open` is in flight.
  [[nodiscard]] bool is_open() const noexcept {
    return state_ != nullptr && detail::is_open(*state_);
  }

  /// Closes the file; on a closed one, does nothing.
  ///
  /// Requests the cancellation of the operations in flight and waits until neither the kernel nor a
  /// thread refers to their buffers or the descriptor. Their handlers run later, as always. That
  /// can take as long as the device needs for what cannot be cancelled. close(2) itself can block,
  /// too: on NFS and FUSE for the server, which reports errors of delayed writes then, and on any
  /// file system while the blocks of a large unlinked file are freed. On an event loop's thread,
  /// prefer `async_close`.
  ///
  /// \param ec what close(2) reports (the descriptor is released in any case).
  detail::sync_result close(boost::system::error_code& ec) {
    ec.clear();
    if (state_) detail::close(*state_, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void close() {
    boost::system::error_code ec;
    close(ec);
    throw_on(ec, "close");
  }

  /// Closes the file without blocking.
  ///
  /// As soon as this function is called, the object counts as closed and may be opened again. The
  /// cancellation of the operations in flight is requested; when the last of them has completed,
  /// the descriptor is closed, on a worker thread if that may block. If there are clones, the last
  /// one to be closed closes the descriptor and reports the error.
  ///
  /// \param token completes with `void(error_code)`: success (even if no file was open), or what
  ///   close(2) reports. Closing cannot be cancelled.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> CloseToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_close(CloseToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_plain<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::close, token);
  }

  /// Releases the descriptor to the caller. Does everything that `close` does except closing it:
  /// cancels the operations in flight and waits until nothing refers to the descriptor.
  ///
  /// \param ec success, or `bad_descriptor` on a closed file.
  /// \returns the descriptor, which the caller now owns (or still owns, if borrowed); a duplicate
  ///   if others use it (clones, functions on other threads); -1 on error.
  native_handle_type release(boost::system::error_code& ec) {
    return detail::release(state(), ec);
  }

  /// As above, throwing.
  native_handle_type release() {
    boost::system::error_code ec;
    const native_handle_type released = release(ec);
    throw_on(ec, "release");
    return released;
  }

  /// The descriptor, -1 on a closed file. For other system calls. Do not close it.
  [[nodiscard]] native_handle_type native_handle() const noexcept {
    return state_ ? detail::native_handle(*state_) : -1;
  }

  /// Registers the descriptor with the service's io_uring (io_uring_register(2),
  /// IORING_REGISTER_FILES), so that the kernel need not look it up for each read, write and sync
  /// that is started from now on. Clones share the registration.
  ///
  /// It lasts until the file is closed or released. In a child after a fork the file is not
  /// registered.
  ///
  /// \param ec success (also if it is registered already); `bad_descriptor` on a closed file;
  ///   `operation_not_supported` where no ring runs; `no_buffer_space` where the table is full
  ///   (1,024 files, or fewer where RLIMIT_NOFILE is lower); otherwise what io_uring_register(2)
  ///   reports, `invalid_argument` before Linux 5.19. After an error the file works as before.
  detail::sync_result register_descriptor(boost::system::error_code& ec) {
    detail::register_descriptor(state(), ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void register_descriptor() {
    boost::system::error_code ec;
    register_descriptor(ec);
    throw_on(ec, "register_descriptor");
  }

  /// Whether the descriptor is registered with the ring.
  [[nodiscard]] bool is_registered() const noexcept {
    return state_ != nullptr && detail::is_registered(*state_);
  }

  /// Sets the I/O priority of the reads and writes that are started from now on. A newly opened
  /// file has none.
  ///
  /// \param priority see `io_priority`. Whether the process may use it is reported by each
  ///   operation.
  /// \param ec success, `bad_descriptor` on a closed file, or `invalid_argument` for a level
  ///   above 7.
  detail::sync_result set_priority(io_priority priority, boost::system::error_code& ec) {
    detail::set_priority(state(), detail::encode(priority), ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void set_priority(io_priority priority) {
    boost::system::error_code ec;
    set_priority(priority, ec);
    throw_on(ec, "set_priority");
  }

  /// Makes the reads and writes that are started from now on leave nothing in the page cache:
  /// `RWF_DONTCACHE` of preadv2(2), Linux 6.14. They are as fast as through the cache, and data
  /// that is already cached stays there. For copies and backups, which read and write everything
  /// once and would displace data that others need. Off in a newly opened file; a clone has its
  /// original's setting.
  ///
  /// Where the kernel or the file system cannot do this, transfers go through the cache as usual.
  /// The first transfer finds that out, and `is_uncached` reports it from then on. Has no effect on
  /// files that were opened with `direct`, which bypass the cache, and on those that are not
  /// storage.
  ///
  /// \param wanted false turns it off.
  /// \param ec success, or `bad_descriptor` on a closed file.
  detail::sync_result set_uncached(bool wanted, boost::system::error_code& ec) {
    detail::set_uncached(state(), wanted, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void set_uncached(bool wanted) {
    boost::system::error_code ec;
    set_uncached(wanted, ec);
    throw_on(ec, "set_uncached");
  }

  /// Whether reads and writes leave nothing in the cache (`set_uncached`). False once the system
  /// has refused that.
  [[nodiscard]] bool is_uncached() const noexcept {
    return state_ != nullptr && detail::is_uncached(*state_);
  }

  /// The limits of untorn writes to this file (`write_flags::untorn`).
  ///
  /// Asks the file system (statx(2)), and blocks if that does.
  ///
  /// \param ec success, or `bad_descriptor` on a closed file.
  /// \returns all 0 where none are supported: the file was not opened with `direct`, its file
  ///   system or device cannot do them, or the system is older than Linux 6.11.
  [[nodiscard]] untorn_write_limits untorn_writes(boost::system::error_code& ec) const {
    if (state_) return detail::untorn_writes(*state_, ec);
    ec.assign(EBADF, boost::system::system_category());
    return {};
  }

  /// As above, throwing.
  [[nodiscard]] untorn_write_limits untorn_writes() const {
    boost::system::error_code ec;
    const untorn_write_limits found = untorn_writes(ec);
    throw_on(ec, "untorn_writes");
    return found;
  }

  /// Requests the cancellation of all operations in flight of this object. Does not wait; the
  /// handlers report the result of each.
  ///
  /// \param ec success, or `bad_descriptor` on a closed file.
  detail::sync_result cancel(boost::system::error_code& ec) {
    detail::cancel(state(), ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void cancel() {
    boost::system::error_code ec;
    cancel(ec);
    throw_on(ec, "cancel");
  }

  /// The file's size in bytes; of a block device, the device's.
  ///
  /// \param ec success, `bad_descriptor` on a closed file, or what fstat(2) reports.
  std::uint64_t size(boost::system::error_code& ec) const {
    if (state_) return detail::size(*state_, ec);
    ec.assign(EBADF, boost::system::system_category());
    return 0;
  }

  /// As above, throwing.
  [[nodiscard]] std::uint64_t size() const {
    boost::system::error_code ec;
    const std::uint64_t bytes = size(ec);
    throw_on(ec, "size");
    return bytes;
  }

  /// Gets the file's size without blocking.
  ///
  /// \param token completes with `void(error_code, std::uint64_t)`: the size in bytes, 0 on error;
  ///   errors as for `size`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code, std::uint64_t)>
                SizeToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_size(SizeToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_size<executor_type>,
                    void(boost::system::error_code, std::uint64_t)>(detail::operation_kind::size,
                                                                    token);
  }

  /// What reads and writes of this file must be aligned to: 1 and 1 for any file that was not
  /// opened with `direct`.
  ///
  /// Asks the file system (statx(2)), and blocks if that does, as a network file system may: call
  /// it once, after opening. See `io_alignment` for where the answer comes from.
  ///
  /// \param ec success, or `bad_descriptor` on a closed file.
  /// \returns powers of two, in bytes.
  [[nodiscard]] io_alignment alignment(boost::system::error_code& ec) const {
    if (state_) return detail::alignment(*state_, ec);
    ec.assign(EBADF, boost::system::system_category());
    return {};
  }

  /// As above, throwing.
  [[nodiscard]] io_alignment alignment() const {
    boost::system::error_code ec;
    const io_alignment found = alignment(ec);
    throw_on(ec, "alignment");
    return found;
  }

  /// What the system knows about the file: kind, owner, times and so on.
  ///
  /// \param ec success, `bad_descriptor` on a closed file, or what statx(2) or fstat(2) reports.
  [[nodiscard]] file_status status(boost::system::error_code& ec) const {
    if (state_) return detail::status(*state_, ec);
    ec.assign(EBADF, boost::system::system_category());
    return {};
  }

  /// As above, throwing.
  [[nodiscard]] file_status status() const {
    boost::system::error_code ec;
    const file_status found = status(ec);
    throw_on(ec, "status");
    return found;
  }

  /// As `status`, without blocking.
  ///
  /// \param token completes with `void(error_code, file_status)`; errors as for `status`, or
  ///   `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code, file_status)>
                StatusToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_status(
      StatusToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_status<executor_type>,
                    void(boost::system::error_code, file_status)>(detail::operation_kind::status,
                                                                  token);
  }

  /// Allocates space for a part of the file, so that writing there cannot fail because the disk is
  /// full. The file grows if it ends before the part does; data is not changed.
  ///
  /// \param offset bytes from the start of the file, 0 to 2^63 - 1.
  /// \param length bytes, 1 to 2^63 - 1 - offset.
  /// \param ec success, `bad_descriptor` on a closed file or one that is not open for writing,
  ///   `invalid_argument` for a part out of range, `operation_not_supported` where the file system
  ///   cannot (fallocate(2); it is not emulated by writing), `no_space_on_device`,
  ///   `file_too_large`.
  detail::sync_result allocate(std::uint64_t offset, std::uint64_t length,
                               boost::system::error_code& ec) {
    detail::change_space(state(), detail::space_change::allocate, offset, length, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void allocate(std::uint64_t offset, std::uint64_t length) {
    boost::system::error_code ec;
    allocate(offset, length, ec);
    throw_on(ec, "allocate");
  }

  /// As `allocate`, without blocking.
  ///
  /// \param offset as for `allocate`.
  /// \param length as for `allocate`.
  /// \param token completes with `void(error_code)`: as `allocate`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> AllocateToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_allocate(
      std::uint64_t offset, std::uint64_t length,
      AllocateToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_space_change<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::allocate, token, detail::space_change::allocate, offset, length);
  }

  /// As `allocate`, with a rule for the size where the part reaches past the end.
  ///
  /// \param offset as for `allocate`.
  /// \param length as for `allocate`.
  /// \param rule `keep`: the file does not grow. A log that allocates ahead then still ends at its
  ///   last record, and grows into space that it already has.
  /// \param ec as for `allocate`.
  detail::sync_result allocate(std::uint64_t offset, std::uint64_t length, size_rule rule,
                               boost::system::error_code& ec) {
    detail::change_space(state(), allocation(rule), offset, length, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void allocate(std::uint64_t offset, std::uint64_t length, size_rule rule) {
    boost::system::error_code ec;
    allocate(offset, length, rule, ec);
    throw_on(ec, "allocate");
  }

  /// As `allocate` with a rule, without blocking.
  ///
  /// \param offset as for `allocate`.
  /// \param length as for `allocate`.
  /// \param rule as for `allocate`.
  /// \param token completes with `void(error_code)`: as `allocate`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> AllocateToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_allocate(
      std::uint64_t offset, std::uint64_t length, size_rule rule,
      AllocateToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_space_change<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::allocate, token, allocation(rule), offset, length);
  }

  /// Releases the space of a part of the file to the file system. The part reads as zeros from then
  /// on; the size does not change. Blocks that are only partly in the range are kept, and zeroed
  /// within it.
  ///
  /// \param offset bytes from the start of the file, 0 to 2^63 - 1.
  /// \param length bytes, 1 to 2^63 - 1 - offset. Beyond the end of the file there is no space,
  ///   unless `allocate` with `size_rule::keep` allocated some.
  /// \param ec as for `allocate`; `operation_not_supported` where the file system has no holes
  ///   (fallocate(2), `FALLOC_FL_PUNCH_HOLE`), and on systems other than Linux.
  detail::sync_result punch_hole(std::uint64_t offset, std::uint64_t length,
                                 boost::system::error_code& ec) {
    detail::change_space(state(), detail::space_change::punch_hole, offset, length, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void punch_hole(std::uint64_t offset, std::uint64_t length) {
    boost::system::error_code ec;
    punch_hole(offset, length, ec);
    throw_on(ec, "punch_hole");
  }

  /// As `punch_hole`, without blocking.
  ///
  /// \param offset as for `punch_hole`.
  /// \param length as for `punch_hole`.
  /// \param token completes with `void(error_code)`: as `punch_hole`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> PunchToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_punch_hole(
      std::uint64_t offset, std::uint64_t length,
      PunchToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_space_change<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::allocate, token, detail::space_change::punch_hole, offset, length);
  }

  /// Makes a part of the file read as zeros and keeps, or allocates, its space; usually without
  /// writing the zeros, however long the part is.
  ///
  /// \param offset bytes from the start of the file, 0 to 2^63 - 1.
  /// \param length bytes, 1 to 2^63 - 1 - offset.
  /// \param rule whether the file grows where the part reaches past its end.
  /// \param ec as for `allocate`; `operation_not_supported` where the file system cannot
  ///   (fallocate(2), `FALLOC_FL_ZERO_RANGE`: ext4, xfs and btrfs can, tmpfs cannot; it is not
  ///   emulated by writing), and on systems other than Linux.
  detail::sync_result zero_range(std::uint64_t offset, std::uint64_t length, size_rule rule,
                                 boost::system::error_code& ec) {
    detail::change_space(state(), zeroing(rule), offset, length, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void zero_range(std::uint64_t offset, std::uint64_t length, size_rule rule) {
    boost::system::error_code ec;
    zero_range(offset, length, rule, ec);
    throw_on(ec, "zero_range");
  }

  /// As `zero_range`, without blocking.
  ///
  /// \param offset as for `zero_range`.
  /// \param length as for `zero_range`.
  /// \param rule as for `zero_range`.
  /// \param token completes with `void(error_code)`: as `zero_range`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> ZeroToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_zero_range(
      std::uint64_t offset, std::uint64_t length, size_rule rule,
      ZeroToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_space_change<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::allocate, token, zeroing(rule), offset, length);
  }

  /// Locks the whole file against others that lock it: see the other overload.
  detail::sync_result lock(lock_mode mode, boost::system::error_code& ec) {
    return lock(mode, 0, 0, ec);
  }

  /// As above, throwing.
  void lock(lock_mode mode) { lock(mode, 0, 0); }

  /// Locks a part of the file against others that lock it. Blocks the calling thread while somebody
  /// else has a lock that excludes this one.
  ///
  /// The lock is advisory (nobody is kept from reading and writing) and belongs to the open file
  /// description (fcntl(2), `F_OFD_SETLK`). So two file objects that opened the same file exclude
  /// each other, in one process or in two, and so do other programs' fcntl(2) locks; flock(2) locks
  /// are independent of these. An open file description has one lock on each byte: a second one
  /// replaces the first (shared by exclusive, or exclusive by shared), but not atomically if it has
  /// to wait. Clones, duplicates of the descriptor and a forked child's copy are the same open file
  /// description and share its locks: they do not exclude each other, and any of them unlocks for
  /// all.
  ///
  /// It ends with `unlock`, or when the open file description is closed: by the last file object
  /// and the last process that have it, in whatever way.
  ///
  /// Waiting is done by retrying at intervals that grow from a few milliseconds to 80: there is no
  /// order among those that wait, and a newcomer may get the lock first.
  ///
  /// Where the system has no such locks (those without `F_OFD_SETLK`), the whole file is locked by
  /// flock(2), and a part is `operation_not_supported`.
  ///
  /// \param mode see `lock_mode`.
  /// \param offset bytes from the start of the file, 0 to 2^63 - 1.
  /// \param length bytes, 0 to 2^63 - 1 - offset; 0 means up to the end, however far the file
  ///   grows. The part may be beyond the end of the file.
  /// \param ec success, `bad_descriptor` on a closed file (also one that is closed meanwhile) or
  ///   one that is not open as the lock requires (`lock_mode`), `invalid_argument` for a part out
  ///   of range, `no_lock_available` where the system has no more locks, or a server supports none.
  detail::sync_result lock(lock_mode mode, std::uint64_t offset, std::uint64_t length,
                           boost::system::error_code& ec) {
    detail::lock(state(), mode, offset, length, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void lock(lock_mode mode, std::uint64_t offset, std::uint64_t length) {
    boost::system::error_code ec;
    lock(mode, offset, length, ec);
    throw_on(ec, "lock");
  }

  /// Locks the whole file if that can be done now.
  bool try_lock(lock_mode mode, boost::system::error_code& ec) {
    return try_lock(mode, 0, 0, ec);
  }

  /// As above, throwing.
  [[nodiscard]] bool try_lock(lock_mode mode) { return try_lock(mode, 0, 0); }

  /// As `lock`, without waiting.
  ///
  /// \param mode as for `lock`.
  /// \param offset as for `lock`.
  /// \param length as for `lock`.
  /// \param ec as for `lock`; success also where somebody else has the lock.
  /// \returns whether the file has the lock now.
  bool try_lock(lock_mode mode, std::uint64_t offset, std::uint64_t length,
                boost::system::error_code& ec) {
    return detail::try_lock(state(), mode, offset, length, ec);
  }

  /// As above, throwing.
  [[nodiscard]] bool try_lock(lock_mode mode, std::uint64_t offset, std::uint64_t length) {
    boost::system::error_code ec;
    const bool is_locked = try_lock(mode, offset, length, ec);
    throw_on(ec, "try_lock");
    return is_locked;
  }

  /// As `lock` of the whole file, without blocking.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> LockToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_lock(lock_mode mode, LockToken&& token =
                                      boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_lock<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::lock, token, mode, std::uint64_t{0}, std::uint64_t{0});
  }

  /// As `lock`, without blocking.
  ///
  /// Waiting locks, however many, occupy no thread, delay no other operation and do not count
  /// against `service_options::max_in_flight`.
  ///
  /// \param mode as for `lock`.
  /// \param offset as for `lock`.
  /// \param length as for `lock`.
  /// \param token completes with `void(error_code)`: as `lock`, or `operation_aborted`, and then
  ///   the file is not locked.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> LockToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_lock(
      lock_mode mode, std::uint64_t offset, std::uint64_t length,
      LockToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_lock<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::lock, token, mode, offset, length);
  }

  /// Unlocks the whole file, whichever parts of it were locked.
  detail::sync_result unlock(boost::system::error_code& ec) { return unlock(0, 0, ec); }

  /// As above, throwing.
  void unlock() { unlock(0, 0); }

  /// Unlocks a part of the file; what is locked before and after it stays locked. Does not wait,
  /// except for the server of a network file system.
  ///
  /// \param offset as for `lock`.
  /// \param length as for `lock`.
  /// \param ec success, even if nothing was locked; otherwise as for `lock`.
  detail::sync_result unlock(std::uint64_t offset, std::uint64_t length,
                             boost::system::error_code& ec) {
    detail::unlock(state(), offset, length, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void unlock(std::uint64_t offset, std::uint64_t length) {
    boost::system::error_code ec;
    unlock(offset, length, ec);
    throw_on(ec, "unlock");
  }

  /// Tells the system how a part of the file will be used.
  ///
  /// \param offset bytes from the start of the file, 0 to 2^63 - 1.
  /// \param length bytes, 0 to 2^63 - 1; 0 means up to the end of the file.
  /// \param advice what to expect.
  /// \param ec success, `bad_descriptor` on a closed file, `invalid_argument` for a part out of
  ///   range, `invalid_seek` on a FIFO (posix_fadvise(2)), `operation_not_supported` on systems
  ///   without that call.
  detail::sync_result advise(std::uint64_t offset, std::uint64_t length, file_advice advice,
                             boost::system::error_code& ec) {
    detail::advise(state(), offset, length, advice, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void advise(std::uint64_t offset, std::uint64_t length, file_advice advice) {
    boost::system::error_code ec;
    advise(offset, length, advice, ec);
    throw_on(ec, "advise");
  }

  /// As `advise`, without blocking (with `will_need`, the call itself can wait for the device).
  ///
  /// \param offset as for `advise`.
  /// \param length as for `advise`.
  /// \param advice as for `advise`.
  /// \param token completes with `void(error_code)`: as `advise`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> AdviseToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_advise(
      std::uint64_t offset, std::uint64_t length, file_advice advice,
      AdviseToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_on_range<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::advise, token, offset, length, advice);
  }

  /// Sets the file's size; what is added reads as zeros.
  ///
  /// \param n bytes, 0 to 2^63 - 1.
  /// \param ec success, `bad_descriptor` on a closed file, `invalid_argument` for a size out of
  ///   range, or for a file that has no size or is not open for writing (ftruncate(2)), or another
  ///   error of ftruncate(2).
  detail::sync_result resize(std::uint64_t n, boost::system::error_code& ec) {
    detail::resize(state(), n, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void resize(std::uint64_t n) {
    boost::system::error_code ec;
    resize(n, ec);
    throw_on(ec, "resize");
  }

  /// Sets the file's size without blocking.
  ///
  /// \param n as for `resize`.
  /// \param token completes with `void(error_code)`: as `resize`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> ResizeToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_resize(std::uint64_t n, ResizeToken&& token =
                                         boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_resize<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::resize, token, n);
  }

  /// Makes everything that was written to the file before the call durable, data and metadata
  /// (fsync(2)). The file's name is not included: see `async_sync_directory`.
  ///
  /// \param ec success, `bad_descriptor` on a closed file, `invalid_argument` for a file that
  ///   cannot be synchronised, or what fsync(2) reports. After an error some of the writes may be
  ///   lost, and a later call that succeeds does not bring them back.
  detail::sync_result sync_all(boost::system::error_code& ec) {
    detail::sync(state(), detail::operation_kind::sync_all, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void sync_all() {
    boost::system::error_code ec;
    sync_all(ec);
    throw_on(ec, "sync_all");
  }

  /// As `sync_all`, without blocking.
  ///
  /// \param token completes with `void(error_code)`. Success covers every write that had completed
  ///   when this was started; writes still in flight are not ordered before it. A failure is
  ///   reported once and never retried. Errors as for `sync_all`, or `operation_aborted`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> SyncToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_sync_all(
      SyncToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_plain<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::sync_all, token);
  }

  /// Makes the data that was written before the call durable, with the metadata that is needed to
  /// read it back, such as the size (fdatasync(2)).
  ///
  /// \param ec as for `sync_all`.
  detail::sync_result sync_data(boost::system::error_code& ec) {
    detail::sync(state(), detail::operation_kind::sync_data, ec);
    return static_cast<detail::sync_result>(ec);
  }

  /// As above, throwing.
  void sync_data() {
    boost::system::error_code ec;
    sync_data(ec);
    throw_on(ec, "sync_data");
  }

  /// As `sync_data`, without blocking.
  ///
  /// \param token completes with `void(error_code)`, as that of `async_sync_all`.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> SyncToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_sync_data(
      SyncToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return initiate<detail::initiate_plain<executor_type>, void(boost::system::error_code)>(
        detail::operation_kind::sync_data, token);
  }

 protected:
  /// Moves from a file of another executor type. The operations in flight keep the executor they
  /// were started with.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_file(basic_file<Executor1>&& other)
      : executor_(other.executor_), state_(std::move(other.state_)) {}

  /// Does what the destructor does, then moves from a file of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_file& operator=(basic_file<Executor1>&& other) {
    return *this = basic_file(std::move(other));
  }

  /// Closes the file without waiting for the operations in flight: see the class.
  ///
  /// Errors of close(2) are lost: on NFS and FUSE they may mean that data was not written. Use
  /// `async_close` where that matters.
  ~basic_file() { abandon(); }

  /// @cond
  basic_file(const executor_type& ex, detail::file_state_ptr state) noexcept
      : executor_(ex), state_(std::move(state)) {}

  template <typename File>
  File clone_as() const {
    return File(executor_,
                state_ ? detail::clone(*state_) : detail::make_file(executor_));
  }

  template <typename Initiation, typename Signature, typename Token, typename... Arguments>
  auto initiate(detail::operation_kind kind, Token& token, const Arguments&... arguments) {
    state();
    return boost::asio::async_initiate<Token, Signature>(Initiation(executor_, state_, kind),
                                                         token, arguments...);
  }

  // For classes that read or write the file themselves, and do not outlive their operations.
  const detail::file_state_ptr& shared_state() {
    state();
    return state_;
  }

  detail::file_state& state() {
    // A file that was moved from has none until it is used again.
    if (!state_) state_ = detail::make_file(executor_);
    return *state_;
  }

  static void throw_on(const boost::system::error_code& ec, const char* function) {
    if (ec) boost::throw_exception(boost::system::system_error(ec, function));
  }
  /// @endcond

 private:
  template <typename>
  friend class basic_file;

  static detail::beneath_root_ptr beneath(const std::string& root) {
    return detail::make_beneath_root(root);
  }
  template <typename Executor1>
  static detail::beneath_root_ptr beneath(const basic_file<Executor1>& root) {
    return detail::make_beneath_root(root.state_.get());
  }

  static constexpr detail::space_change allocation(size_rule rule) noexcept {
    return rule == size_rule::grow ? detail::space_change::allocate
                                   : detail::space_change::allocate_keep_size;
  }
  static constexpr detail::space_change zeroing(size_rule rule) noexcept {
    return rule == size_rule::grow ? detail::space_change::zero
                                   : detail::space_change::zero_keep_size;
  }

  void open_file(std::string_view path, file_base::flags open_flags, std::uint32_t permissions,
                 boost::system::error_code& ec) {
    detail::open(state(), path.data(), path.size(), open_flags, permissions, ec);
  }
  friend struct detail::shared_state_access;

  void abandon() noexcept {
    if (state_) detail::abandon(*state_);
  }

  executor_type executor_;
  detail::file_state_ptr state_;
};

}  // namespace asiofile
