// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// New content for a file, written in parts, that replaces the old atomically.

#include <asiofile/basic_random_access_file.hpp>
#include <asiofile/buffer_sequence.hpp>
#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/replacement_access.hpp>
#include <asiofile/detail/replacement_initiation.hpp>
#include <asiofile/detail/shared_state_access.hpp>
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

/// Replaces a file's content atomically and durably. The new content, of any size, is written to a
/// new file, which takes the name of the old one when it is committed: whoever opens the name, at
/// any moment and after a crash or a power cut, finds all of the old content or all of the new. For
/// snapshots, exports and downloads. For content that fits in memory, `async_replace_file` does it
/// in one call.
///
/// \code
/// asiofile::replacement_file snapshot(executor);
/// co_await snapshot.async_open("data.snapshot", asio::use_awaitable);
/// while (produce(part))
///   co_await asio::async_write(snapshot, asio::buffer(part), asio::use_awaitable);
/// asiofile::random_access_file file = co_await snapshot.async_commit(asio::use_awaitable);
/// \endcode
///
/// \par Writing
/// The object is an AsyncWriteStream, which writes at a position of its own, and an
/// AsyncRandomAccessWriteDevice: `boost::asio::async_write` and `async_write_at` work on it. Use
/// `file()` for everything else that an open file can do: reading back, sizes, allocation, a
/// `basic_file_writer`. The data is in the file system, not in memory.
///
/// \par Until the commit
/// The new file has no name where the file system supports that (`O_TMPFILE` in open(2)), otherwise
/// a temporary one, as for `async_replace_file`, which also says what a killed process leaves.
/// Without a commit, nothing changes: destroying the object, `async_discard`, and a commit that
/// fails or is cancelled leave the old file as it was, and no other.
///
/// \par What the new file keeps
/// Owner, permissions, access control lists and extended attributes, as described at
/// `async_replace_file`: those of the file that has the name at the time of the commit. Until then
/// only the owner has access to the new file, unless it replaces none.
///
/// \par Destroying it
/// Does not wait: the cancellation of operations in flight is requested, and a worker removes the
/// new file, at the latest before the context's destructor returns. To wait for that, use
/// `async_discard`. A commit in flight continues.
///
/// \par Fork
/// In the child, a commit completes with `operation_not_permitted`; nothing that is done to the
/// child's object affects the parent.
///
/// \par Thread safety
/// As `basic_file`.
template <typename Executor = boost::asio::any_io_executor>
class basic_replacement_file {
 public:
  /// The type of the executor associated with the object.
  using executor_type = Executor;

  /// The type of the open file.
  using file_type = basic_random_access_file<Executor>;

  /// As streams have it: the open file.
  using lowest_layer_type = file_type;

  /// Rebinds the type to another executor.
  template <typename Executor1>
  struct rebind_executor {
    /// The type when rebound.
    using other = basic_replacement_file<Executor1>;
  };

  /// Makes one that replaces nothing yet.
  ///
  /// \param ex the executor for handlers that have no associated executor; its context's
  ///   `file_service` runs the operations.
  /// \throws std::bad_alloc, or boost::system::system_error where the context has no service yet
  ///   and none can be made.
  explicit basic_replacement_file(const executor_type& ex)
      : file_(ex), its_(detail::make_replacement(*state())) {}

  /// Makes one on `context.get_executor()`.
  template <detail::execution_context ExecutionContext>
  explicit basic_replacement_file(ExecutionContext& context)
      : basic_replacement_file(executor_type(context.get_executor())) {}

  /// Moves the open replacement and its operations in flight here. `other` is left as if newly
  /// made.
  basic_replacement_file(basic_replacement_file&& other) noexcept = default;

  /// Does what the destructor does, then moves `other` here.
  basic_replacement_file& operator=(basic_replacement_file&& other) noexcept {
    if (this != &other) {
      drop();
      file_ = std::move(other.file_);
      its_ = std::move(other.its_);
    }
    return *this;
  }

  /// Moves from one of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_replacement_file(basic_replacement_file<Executor1>&& other)
      : file_(std::move(other.file_)), its_(std::move(other.its_)) {}

  /// Does what the destructor does, then moves from one of another executor type.
  template <typename Executor1>
    requires std::convertible_to<Executor1, Executor>
  basic_replacement_file& operator=(basic_replacement_file<Executor1>&& other) {
    return *this = basic_replacement_file(std::move(other));
  }

  /// Discards what was not committed. See the class.
  ~basic_replacement_file() { drop(); }

  /// The executor associated with the object.
  [[nodiscard]] const executor_type& get_executor() const noexcept { return file_.get_executor(); }

  /// The new file, open for reading and writing. Closing it, as a writer's `async_close` does,
  /// neither commits nor discards. A clone stays open after the commit, on the file that then has
  /// the name.
  [[nodiscard]] file_type& file() noexcept { return file_; }
  /// \copydoc file
  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return file_; }
  /// \copydoc file
  [[nodiscard]] const lowest_layer_type& lowest_layer() const noexcept { return file_; }

  /// Whether there is something to commit: from a successful `async_open` until `async_commit` or
  /// `async_discard` is called.
  [[nodiscard]] bool is_open() const noexcept {
    return its_ != nullptr && detail::is_open(*its_);
  }

  /// Begins a replacement: examines the file at the path, and creates the new, empty file.
  ///
  /// \param path of the file to replace or to create; as for `async_replace_file`.
  /// \param options copied.
  /// \param token completes with `void(error_code)`: success; `already_open` if a replacement has
  ///   begun; `invalid_argument` for permissions out of range, and where the file system does not
  ///   support direct transfers; `operation_aborted`; otherwise those errors of
  ///   `async_replace_file` that occur before there is content.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open(const std::string& path, const replacement_options& options,
                  OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_open(nullptr, path, options, token);
  }

  /// As above, with default `replacement_options`.
  template <typename OpenToken = boost::asio::default_completion_token_t<executor_type>>
    requires(!std::same_as<std::decay_t<OpenToken>, replacement_options> &&
             boost::asio::completion_token_for<OpenToken, void(boost::system::error_code)>)
  auto async_open(const std::string& path,
                  OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_open(nullptr, path, replacement_options(), token);
  }

  /// Begins to replace a file beneath a directory, which the path cannot leave.
  ///
  /// \param root an open directory: a `basic_directory`, or any file object that was opened on one.
  ///   It may be closed or destroyed after this call. `bad_descriptor` if it is closed.
  /// \param path relative to it, as in `basic_directory`.
  /// \param options copied.
  /// \param token completes with `void(error_code)`: as `async_open`; also `cross_device_link` for
  ///   a path that leaves the directory.
  template <typename Executor1,
            boost::asio::completion_token_for<void(boost::system::error_code)> OpenToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_open_beneath(
      basic_file<Executor1>& root, const std::string& path, const replacement_options& options,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_open(detail::shared_state_access::of(root), path, options, token);
  }

  /// As above, with default `replacement_options`.
  template <typename Executor1,
            typename OpenToken = boost::asio::default_completion_token_t<executor_type>>
    requires(!std::same_as<std::decay_t<OpenToken>, replacement_options> &&
             boost::asio::completion_token_for<OpenToken, void(boost::system::error_code)>)
  auto async_open_beneath(
      basic_file<Executor1>& root, const std::string& path,
      OpenToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return start_open(detail::shared_state_access::of(root), path, replacement_options(), token);
  }

  /// Writes at the position, which starts at 0 and moves by what is written.
  ///
  /// \param buffers as for `basic_stream_file::async_write_some`: valid until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`: as that of
  ///   `basic_stream_file::async_write_some`, in order with other writes at the position;
  ///   `bad_descriptor` before the open and after the commit.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some(
      const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<WriteToken,
                                       void(boost::system::error_code, std::size_t)>(
        detail::initiate_transfer_at_position<executor_type>(get_executor(), state(),
                                                             detail::operation_kind::write),
        token, buffers);
  }

  /// Writes at an offset: as that of `file()`.
  ///
  /// \param offset bytes from the start of the file, 0 to 2^63 - 1.
  /// \param buffers valid until the handler runs.
  /// \param token completes with `void(error_code, std::size_t)`.
  template <const_buffer_sequence ConstBufferSequence,
            boost::asio::completion_token_for<void(boost::system::error_code, std::size_t)>
                WriteToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_write_some_at(
      std::uint64_t offset, const ConstBufferSequence& buffers,
      WriteToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return file_.async_write_some_at(offset, buffers, std::forward<WriteToken>(token));
  }

  /// Makes the new file durable, gives it the name, and makes the name durable.
  ///
  /// As soon as this function is called, the object counts as closed, even if the commit fails:
  /// other operations, a second commit included, complete with `bad_descriptor`, and it may be
  /// opened again. The commit waits for the operations in flight, and what they write is part of
  /// the content; whether one of them fails or is cancelled makes no difference to the commit:
  /// check their results first. Flush or close a `basic_file_writer` before.
  ///
  /// \param token completes with `void(error_code, basic_random_access_file<Executor>)`: success,
  ///   and the new file, open for reading and writing; or an error, and a closed file:
  ///   `bad_descriptor` if nothing is open; `operation_aborted`; `operation_not_permitted` in a
  ///   forked child; `no_space_on_device` and other errors that occur when the data is written to
  ///   the device; or as `async_replace_file`. After an error the old file is as it was, except
  ///   where that function says otherwise.
  ///
  /// Cancellation by the token's slot (every type). Of two commits to one name, the later wins, and
  /// both succeed.
  template <boost::asio::completion_token_for<void(boost::system::error_code, file_type)>
                CommitToken = boost::asio::default_completion_token_t<executor_type>>
  auto async_commit(
      CommitToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<CommitToken,
                                       void(boost::system::error_code, file_type)>(
        detail::initiate_commit<executor_type>(get_executor(), state(), its()), token);
  }

  /// Drops what was written. As soon as this function is called, the object counts as closed, and
  /// may be opened again; the cancellation of operations in flight is requested.
  ///
  /// \param token completes with `void(error_code)`, always success, when nothing is left of the
  ///   new file; immediately if nothing was open. Cannot be cancelled.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> DiscardToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_discard(
      DiscardToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return boost::asio::async_initiate<DiscardToken, void(boost::system::error_code)>(
        detail::initiate_discard<executor_type>(get_executor(), state(), its()), token);
  }

 private:
  template <typename>
  friend class basic_replacement_file;

  const detail::file_state_ptr& state() { return detail::shared_state_access::of(file_); }

  const detail::replacement_ptr& its() {
    // One that was moved from has none until it is used again.
    if (!its_) its_ = detail::make_replacement(*state());
    return its_;
  }

  template <typename Token>
  auto start_open(const detail::file_state_ptr& root, const std::string& path,
                  const replacement_options& options, Token& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        detail::initiate_open_job<executor_type, detail::opened_replacement_result>(
            get_executor(), state(), detail::operation_kind::open),
        token, detail::replacement_open_factory{its(), root, path, options});
  }

  void drop() noexcept {
    if (its_) detail::discard(*its_);
  }

  file_type file_;
  detail::replacement_ptr its_;
};

}  // namespace asiofile
