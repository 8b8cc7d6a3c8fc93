#pragma once

// From an initiating function to a started operation.

#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/handler_operation.hpp>
#include <asiofile/detail/iovecs.hpp>
#include <asiofile/detail/operation.hpp>
#include <asiofile/detail/slot_reference.hpp>
#include <asiofile/file_base.hpp>
#include <asiofile/io_priority.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

// In a handler's cancellation slot while its operation is in flight.
class slot_cancellation {
 public:
  slot_cancellation(file_state_ptr file, cancellation_ticket ticket) noexcept
      : file_(std::move(file)), ticket_(ticket) {}

  // A read or write that reports `operation_aborted` has had no effect, so the strictest request
  // (total) can be taken too.
  void operator()(boost::asio::cancellation_type type) const noexcept {
    if ((type & boost::asio::cancellation_type::all) != boost::asio::cancellation_type::none)
      cancel(*file_, ticket_);
  }

 private:
  file_state_ptr file_;
  cancellation_ticket ticket_;
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

// Takes an operation's ticket back if it could not be started: the slot may keep it.
class ticket_guard {
 public:
  ticket_guard(file_state& file, const operation_ptr& unstarted) noexcept
      : file_(file), unstarted_(unstarted) {}
  ticket_guard(const ticket_guard&) = delete;
  ticket_guard& operator=(const ticket_guard&) = delete;
  ~ticket_guard() {
    if (unstarted_ && unstarted_->ticket.index != cancellation_ticket::none)
      withdraw_ticket(file_, *unstarted_);
  }

  [[nodiscard]] cancellation_ticket issue() const { return issue_ticket(file_, *unstarted_); }

 private:
  file_state& file_;
  const operation_ptr& unstarted_;
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
  template <typename Result, typename Handler, typename Prepare>
  void launch(Handler&& handler, std::size_t trailing_bytes, Prepare&& prepare) const {
    using operation_type = handler_operation<Result, std::decay_t<Handler>, Executor>;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    operation_ptr started = operation_type::create(kind_, std::forward<Handler>(handler),
                                                   anchor_.executor(), trailing_bytes);
    prepare(*started);
    // Over before anybody could cancel it.
    if (kind_ == operation_kind::read && read_at_once(*anchor_.file(), started)) return;
    const ticket_guard ticket(*anchor_.file(), started);
    if (slot.is_connected()) {
      slot.template emplace<slot_cancellation>(anchor_.file(), ticket.issue());
      started->slot_is_set = true;
    }
    if (!start(anchor_.file(), started))
      operation_type::complete_immediately(std::move(started));
  }

 private:
  file_anchor<Executor> anchor_;
  operation_kind kind_;
};

// The first `count` buffers that are not empty become the operation's, in the memory that follows it.
template <typename BufferSequence>
void set_buffers(operation& prepared, const BufferSequence& buffers, std::size_t count) {
  prepared.buffers = static_cast<iovec*>(prepared.trailing);
  prepared.buffer_count = count;
  prepared.requested = fill_iovecs(buffers, prepared.buffers, count);
  if constexpr (std::is_same_v<BufferSequence, registered_buffer>)
    prepared.slot = slot_access::of(buffers);
}

template <typename Executor>
struct initiate_transfer : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, std::uint64_t offset, const BufferSequence& buffers,
                  io_priority priority) const {
    const std::size_t count = count_iovecs(buffers);
    this->template launch<transfer_result>(
        std::forward<Handler>(handler), count * sizeof(iovec), [&](operation& prepared) {
          prepared.offset = offset;
          prepared.priority = encode(priority);
          set_buffers(prepared, buffers, count);
        });
  }
};

// At the file object's position.
template <typename Executor>
struct initiate_transfer_at_position : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, const BufferSequence& buffers) const {
    const std::size_t count = count_iovecs(buffers);
    this->template launch<transfer_result>(
        std::forward<Handler>(handler), count * sizeof(iovec), [&](operation& prepared) {
          prepared.is_at_position = true;
          set_buffers(prepared, buffers, count);
        });
  }
};

// A write with a sync chained to it, at an offset or at the file object's position.
template <typename Executor>
struct initiate_chain : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, std::optional<std::uint64_t> offset,
                  const BufferSequence& buffers, sync_after sync) const {
    const std::size_t count = count_iovecs(buffers);
    this->template launch<chain_result>(
        std::forward<Handler>(handler), count * sizeof(iovec), [&](operation& prepared) {
          prepared.offset = offset.value_or(0);
          prepared.is_at_position = !offset;
          prepared.sync = sync;
          set_buffers(prepared, buffers, count);
          // More buffers than one call takes: nobody could tell afterwards what is durable.
          const bool is_whole = boost::asio::buffer_size(buffers) == prepared.requested;
          if (!is_whole) prepared.priority = operation::invalid_priority;
        });
  }
};

// sync_all, sync_data, close.
template <typename Executor>
struct initiate_plain : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    this->template launch<status_result>(std::forward<Handler>(handler), 0, [](operation&) {});
  }
};

template <typename Executor>
struct initiate_resize : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, std::uint64_t size) const {
    this->template launch<status_result>(std::forward<Handler>(handler), 0,
                                         [&](operation& prepared) { prepared.offset = size; });
  }
};

// size, status.
template <typename Executor, typename Result>
struct initiate_question : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    this->template launch<Result>(
        std::forward<Handler>(handler), sizeof(status_answer),
        [](operation& prepared) { ::new (prepared.trailing) status_answer; });
  }
};

template <typename Executor>
using initiate_size = initiate_question<Executor, size_result>;

template <typename Executor>
using initiate_status = initiate_question<Executor, file_status_result>;

// allocate, advise.
template <typename Executor>
struct initiate_on_range : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, std::uint64_t offset, std::uint64_t length,
                  file_advice advice) const {
    this->template launch<status_result>(std::forward<Handler>(handler), 0,
                                         [&](operation& prepared) {
                                           prepared.offset = offset;
                                           prepared.requested = length;
                                           prepared.advice = advice;
                                         });
  }
};

template <typename Executor>
struct initiate_open : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  template <typename Handler>
  void operator()(Handler&& handler, const std::string& path, file_base::flags flags,
                  std::uint32_t permissions) const {
    this->template launch<status_result>(
        std::forward<Handler>(handler), path.size() + 1, [&](operation& prepared) {
          std::memcpy(prepared.trailing, path.c_str(), path.size() + 1);
          prepared.requested = path.size();
          prepared.open_flags = static_cast<int>(flags);
          prepared.open_permissions = permissions;
        });
  }
};

}  // namespace asiofile::detail
