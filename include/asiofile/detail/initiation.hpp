// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From an initiating function to a started operation.

#include <asiofile/detail/context_hold.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/handler_operation.hpp>
#include <asiofile/detail/handler_tracking.hpp>
#include <asiofile/detail/impossible_write.hpp>
#include <asiofile/detail/iovecs.hpp>
#include <asiofile/detail/make_file.hpp>
#include <asiofile/detail/native_executor.hpp>
#include <asiofile/detail/operation.hpp>
#include <asiofile/detail/slot_reference.hpp>
#include <asiofile/file_base.hpp>
#include <asiofile/file_status.hpp>
#include <asiofile/io_priority.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <cerrno>
#include <concepts>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

// In a handler's cancellation slot while its operation is in flight.
class slot_cancellation {
 public:
  slot_cancellation(file_state_ptr file, cancellation_handle handle) noexcept
      : file_(std::move(file)), handle_(handle) {}

  // A read or write that reports `operation_aborted` has had no effect, so that even the strictest
  // request (total) can be honoured.
  void operator()(boost::asio::cancellation_type type) const noexcept {
    if ((type & boost::asio::cancellation_type::all) != boost::asio::cancellation_type::none)
      cancel(*file_, handle_);
  }

 private:
  file_state_ptr file_;
  cancellation_handle handle_;
};

// The file and executor that an initiation works on. Inside the initiating function it borrows
// them; any copy (a deferred operation, a coroutine's frame) owns them, because it may be launched
// when the file object is gone.
template <typename Executor>
class file_anchor {
 public:
  file_anchor(const Executor& executor, const file_state_ptr& file) noexcept
      : executor_(&executor), file_(&file) {}
  file_anchor(const file_anchor& other)
      : owned_(std::in_place, *other.executor_, *other.file_),
        executor_(&owned_->executor),
        file_(&owned_->file) {}
  file_anchor& operator=(const file_anchor&) = delete;
  ~file_anchor() = default;

  [[nodiscard]] const Executor& executor() const noexcept { return *executor_; }
  [[nodiscard]] const file_state_ptr& file() const noexcept { return *file_; }

 private:
  struct ownership_of {
    ownership_of(const Executor& e, const file_state_ptr& f) : executor(e), file(f) {}
    Executor executor;
    file_state_ptr file;
  };
  std::optional<ownership_of> owned_;
  const Executor* executor_;
  const file_state_ptr* file_;
};

// Withdraws an operation's handle if it could not be started: the slot may keep it.
class handle_guard {
 public:
  handle_guard(file_state& file, const operation_ptr& unstarted) noexcept
      : file_(file), unstarted_(unstarted) {}
  handle_guard(const handle_guard&) = delete;
  handle_guard& operator=(const handle_guard&) = delete;
  ~handle_guard() {
    if (is_issued_ && unstarted_) withdraw_handle(file_, *unstarted_);
  }

  [[nodiscard]] cancellation_handle issue() {
    is_issued_ = true;
    return issue_handle(file_, *unstarted_);
  }

 private:
  file_state& file_;
  const operation_ptr& unstarted_;
  bool is_issued_ = false;
};

// What every initiation of a file operation does. Made of a file and the operation's kind.
template <typename Executor>
class file_initiation {
 public:
  using executor_type = Executor;

  file_initiation(const Executor& executor, const file_state_ptr& file,
                  operation_kind kind) noexcept
      : anchor_(executor, file), kind_(kind) {}

  [[nodiscard]] const executor_type& get_executor() const noexcept { return anchor_.executor(); }

 protected:
  // Starts an operation that keeps a `Kept` made of `arguments`. `request_of(kept)`: what is asked
  // for, in one of the forms that `prepare` takes.
  template <typename Result, typename Kept, typename Handler, typename RequestOf,
            typename... Arguments>
  void launch(Handler&& handler, RequestOf&& request_of, Arguments&&... arguments) const {
    using operation_type = handler_operation<Result, std::decay_t<Handler>, Executor, Kept>;
    const file_state_ptr& file = anchor_.file();
    context_hold held(*file, operation_type::tells_context(anchor_.executor()));
    // The handler is destroyed, as others are when a context is destroyed.
    if (!held.is_there()) return;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    operation_type& made = *operation_type::create(
        std::forward<Handler>(handler), anchor_.executor(), std::forward<Arguments>(arguments)...);
    operation_ptr started(&made);
    decltype(auto) request = request_of(made.kept());
    prepare(made, request);
    BOOST_ASIO_HANDLER_CREATION(
        (context_of(anchor_.executor()), made, "file", file.get(), 0, tracked_name(request)));
    handle_guard handle(*file, started);
    if (slot.is_connected())
      slot.template emplace<slot_cancellation>(file, handle.issue());
    operation_result over;
    switch (start(file, started, operation_type::wants_result, over)) {
      case start_outcome::pending: return;
      case start_outcome::over:
        static_cast<void>(started.release());
        held.end();
        return made.complete_immediately(over);
      case start_outcome::no_notifier:
        boost::throw_exception(
            boost::system::system_error(make_error(EMFILE), "asiofile: wake-up"));
    }
  }

  [[nodiscard]] operation_kind kind() const noexcept { return kind_; }

 private:
  file_anchor<Executor> anchor_;
  operation_kind kind_;
};

// The buffers of a transfer, and who uses the slot that they lie in.
template <typename BufferSequence, typename Allocator>
struct kept_buffers {
  kept_buffers(const BufferSequence& buffers, const Allocator& allocator)
      : iovecs(buffers, allocator) {}

  [[nodiscard]] transfer_request request(operation_kind kind) noexcept {
    transfer_request made{.kind = kind};
    made.buffers = iovecs.data();
    made.buffer_count = iovecs.count();
    made.bytes = iovecs.bytes();
    return made;
  }

  iovec_store<BufferSequence, Allocator> iovecs;
};

template <typename Allocator>
struct kept_buffers<registered_buffer, Allocator> {
  kept_buffers(const registered_buffer& buffer, const Allocator& allocator)
      : iovecs(buffer, allocator), slot(slot_access::of(buffer)) {}

  [[nodiscard]] transfer_request request(operation_kind kind) noexcept {
    transfer_request made{.kind = kind};
    made.buffers = iovecs.data();
    made.buffer_count = iovecs.count();
    made.bytes = iovecs.bytes();
    made.slot = slot.get();
    return made;
  }

  iovec_store<registered_buffer, Allocator> iovecs;
  slot_reference slot;
};

template <typename Executor, typename Handler>
using allocator_for =
    typename handler_operation<status_result, std::decay_t<Handler>, Executor>::handler_allocator;

// Of buffers, at an offset or (none) at the file object's position.
template <typename Executor>
class transfer_initiation : public file_initiation<Executor> {
 public:
  using file_initiation<Executor>::file_initiation;

 protected:
  // `complete(request)` returns the request with what else is asked for.
  template <typename Result, typename Handler, typename BufferSequence, typename Complete>
  void launch_transfer(Handler&& handler, std::optional<std::uint64_t> offset,
                       const BufferSequence& buffers, Complete complete) const {
    using allocator = allocator_for<Executor, Handler>;
    using kept = kept_buffers<BufferSequence, allocator>;
    const auto request_of = [&](kept& its) {
      transfer_request request = its.request(this->kind());
      request.is_at_position = !offset;
      request.offset = offset.value_or(0);
      return complete(request);
    };
    const allocator its =
        boost::asio::get_associated_allocator(handler, boost::asio::recycling_allocator<void>());
    this->template launch<Result, kept>(std::forward<Handler>(handler), request_of, buffers, its);
  }
};

// read, write.
template <typename Executor>
struct initiate_transfer : transfer_initiation<Executor> {
  using transfer_initiation<Executor>::transfer_initiation;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, std::optional<std::uint64_t> offset,
                  const BufferSequence& buffers, io_priority priority) const {
    this->template launch_transfer<transfer_result>(std::forward<Handler>(handler), offset, buffers,
                                                    [&](transfer_request& request) {
                                                      request.priority = encode(priority);
                                                      return request;
                                                    });
  }
};

template <typename Executor>
struct initiate_transfer_at_position : initiate_transfer<Executor> {
  using initiate_transfer<Executor>::initiate_transfer;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, const BufferSequence& buffers) const {
    initiate_transfer<Executor>::operator()(std::forward<Handler>(handler), std::nullopt, buffers,
                                            io_priority());
  }
};

// A write with a sync chained to it.
template <typename Executor>
struct initiate_chain : transfer_initiation<Executor> {
  using transfer_initiation<Executor>::transfer_initiation;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, std::optional<std::uint64_t> offset,
                  const BufferSequence& buffers, sync_after sync) const {
    this->template launch_transfer<chain_result>(
        std::forward<Handler>(handler), offset, buffers, [&](transfer_request& request) {
          request.sync = sync;
          // More buffers than one call takes: nobody could tell afterwards what is durable.
          const bool is_whole = boost::asio::buffer_size(as_sequence(buffers)) == request.bytes;
          if (!is_whole) request.priority = invalid_priority;
          return request;
        });
  }
};

// A write with flags.
template <typename Executor>
struct initiate_flagged_write : transfer_initiation<Executor> {
  using transfer_initiation<Executor>::transfer_initiation;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, std::optional<std::uint64_t> offset,
                  const BufferSequence& buffers, write_flags flags) const {
    this->template launch_transfer<transfer_result>(std::forward<Handler>(handler), offset, buffers,
                                                    [&](const transfer_request& asked) {
                                                      flagged_request request{asked};
                                                      request.flags = flags;
                                                      if (is_impossible(buffers, flags))
                                                        request.priority = invalid_priority;
                                                      return request;
                                                    });
  }
};

// sync_all, sync_data, close; size with its own result.
template <typename Executor, typename Result = status_result>
struct initiate_plain : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    this->template launch<Result, nothing_kept>(std::forward<Handler>(handler),
                                                [this](nothing_kept&) { return this->kind(); });
  }
};

template <typename Executor>
using initiate_size = initiate_plain<Executor, size_result>;

struct kept_status {
  file_status status;
};

struct file_status_result {
  static auto arguments(const operation_result& result, const kept_status& kept) {
    return std::tuple(make_error(result.error), result.error == 0 ? kept.status : file_status());
  }
};

template <typename Executor>
struct initiate_status : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    this->template launch<file_status_result, kept_status>(
        std::forward<Handler>(handler),
        [](kept_status& kept) -> file_status& { return kept.status; });
  }
};

template <typename Executor>
struct initiate_resize : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, std::uint64_t size) const {
    this->template launch<status_result, nothing_kept>(
        std::forward<Handler>(handler), [&](nothing_kept&) {
          return range_request{.kind = operation_kind::resize, .offset = size};
        });
  }
};

// Changes of a file's space.
template <typename Executor>
struct initiate_space_change : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, space_change change, std::uint64_t offset,
                  std::uint64_t length) const {
    this->template launch<status_result, nothing_kept>(
        std::forward<Handler>(handler), [&](nothing_kept&) {
          return range_request{
              .kind = this->kind(), .offset = offset, .length = length, .change = change};
        });
  }
};

template <typename Executor>
struct initiate_lock : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, lock_mode mode, std::uint64_t offset,
                  std::uint64_t length) const {
    this->template launch<status_result, nothing_kept>(
        std::forward<Handler>(handler), [&](nothing_kept&) {
          return lock_request{.mode = mode, .offset = offset, .length = length};
        });
  }
};

// advise.
template <typename Executor>
struct initiate_on_range : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, std::uint64_t offset, std::uint64_t length,
                  file_advice advice) const {
    this->template launch<status_result, nothing_kept>(
        std::forward<Handler>(handler), [&](nothing_kept&) {
          return range_request{
              .kind = this->kind(), .offset = offset, .length = length, .advice = advice};
        });
  }
};

struct kept_path {
  explicit kept_path(const std::string& named) : path(named) {}
  std::string path;
};

struct kept_path_and_status : kept_path, kept_status {
  using kept_path::kept_path;
};

// Where an open puts what it finds. Null: nobody asks.
template <typename Kept>
file_status* status_in([[maybe_unused]] Kept& kept) noexcept {
  if constexpr (std::derived_from<Kept, kept_status>) return &kept.status;
  else return nullptr;
}

template <typename Executor, typename Result = status_result, typename Kept = kept_path>
struct initiate_open : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, const std::string& path, file_base::flags flags,
                  std::uint32_t permissions) const {
    this->template launch<Result, Kept>(
        std::forward<Handler>(handler),
        [&](Kept& kept) {
          return open_request{.path = kept.path.c_str(),
                              .path_size = kept.path.size(),
                              .flags = flags,
                              .permissions = permissions,
                              .status = status_in(kept)};
        },
        path);
  }
};

template <typename Executor>
using initiate_open_with_status = initiate_open<Executor, file_status_result, kept_path_and_status>;

}  // namespace asiofile::detail
