// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From a call of a log to its handler.

#include <asiofile/detail/call_cancellation.hpp>
#include <asiofile/detail/context_hold.hpp>
#include <asiofile/detail/handler_operation.hpp>
#include <asiofile/detail/handler_tracking.hpp>
#include <asiofile/detail/iovecs.hpp>
#include <asiofile/detail/log_state.hpp>
#include <asiofile/detail/native_executor.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace asiofile::detail {

// What a log object holds.
class log_handle {
 public:
  explicit log_handle(log_state_ptr state) noexcept : state_(std::move(state)) {}
  log_handle(log_handle&&) noexcept = default;
  log_handle& operator=(log_handle&& other) noexcept {
    if (this == &other) return *this;
    leave();
    state_ = std::move(other.state_);
    return *this;
  }
  ~log_handle() { leave(); }

  [[nodiscard]] const log_state_ptr& state() const noexcept { return state_; }

 private:
  void leave() noexcept {
    if (state_) abandon(*state_);
  }

  log_state_ptr state_;
};

// All buffers of a record that are not empty, however many, in memory from the handler's allocator.
template <typename BufferSequence, typename Allocator>
class kept_record {
  using iovec_allocator = typename std::allocator_traits<Allocator>::template rebind_alloc<iovec>;

 public:
  kept_record(const BufferSequence& buffers, const Allocator& allocator)
      : iovecs_(iovec_allocator(allocator)) {
    const auto& sequence = as_sequence(buffers);
    const auto end = boost::asio::buffer_sequence_end(sequence);
    for (auto each = boost::asio::buffer_sequence_begin(sequence); each != end; ++each) {
      const boost::asio::const_buffer buffer(*each);
      if (buffer.size() == 0) continue;
      // Only read: preadv(2) and pwritev(2) share a type.
      iovecs_.push_back(iovec{const_cast<void*>(buffer.data()), buffer.size()});
      bytes_ += buffer.size();
    }
  }

  [[nodiscard]] log_request request() noexcept {
    return {log_call::append, iovecs_.data(), iovecs_.size(), bytes_};
  }

 private:
  std::vector<iovec, iovec_allocator> iovecs_;
  std::uint64_t bytes_ = 0;
};

template <single_buffer Buffer, typename Allocator>
class kept_record<Buffer, Allocator> {
 public:
  kept_record(const Buffer& buffer, const Allocator&) noexcept {
    const boost::asio::const_buffer only(buffer);
    only_ = {const_cast<void*>(only.data()), only.size()};
  }

  [[nodiscard]] log_request request() noexcept {
    return {log_call::append, &only_, only_.iov_len != 0 ? 1U : 0U, only_.iov_len};
  }

 private:
  iovec only_;
};

constexpr const char* tracked_name(log_call asked) noexcept {
  switch (asked) {
    case log_call::append: return "async_append";
    case log_call::flush: return "async_flush";
    case log_call::close: break;
  }
  return "async_close";
}

template <typename Executor>
class log_initiation {
 public:
  using executor_type = Executor;

  log_initiation(const Executor& executor, log_state_ptr called) noexcept
      : executor_(executor), called_(std::move(called)) {}

  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

 protected:
  // `request_of(kept)`: what is asked for. `Kept` is made of the arguments.
  template <typename Result, typename Kept, typename Handler, typename RequestOf,
            typename... Arguments>
  void launch(Handler&& handler, RequestOf&& request_of, const Arguments&... arguments) const {
    using operation_type =
        handler_operation<Result, std::decay_t<Handler>, Executor, Kept, tracked_work<Executor>>;
    context_hold held(*called_, operation_type::tells_context(executor_));
    // The handler is destroyed, as others are when a context is destroyed.
    if (!held.is_there()) return;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    operation_type& made =
        *operation_type::create(std::forward<Handler>(handler), executor_, arguments...);
    operation_ptr call(&made);
    const log_request asked = request_of(made.kept());
    BOOST_ASIO_HANDLER_CREATION(
        (context_of(executor_), made, "log", called_.get(), 0, tracked_name(asked.what)));
    const std::uint64_t number = announce_call(*called_);
    if (slot.is_connected())
      slot.template emplace<call_cancellation<log_state_ptr>>(called_, number);
    operation_result over;
    if (begin_call(*called_, call, asked, number, operation_type::wants_result, over)) return;
    static_cast<void>(call.release());
    held.end();
    made.complete_immediately(over);
  }

 private:
  Executor executor_;
  log_state_ptr called_;
};

template <typename Executor>
struct initiate_append : log_initiation<Executor> {
  using log_initiation<Executor>::log_initiation;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, const BufferSequence& buffers) const {
    using allocator = boost::asio::associated_allocator_t<std::decay_t<Handler>,
                                                          boost::asio::recycling_allocator<void>>;
    const allocator its =
        boost::asio::get_associated_allocator(handler, boost::asio::recycling_allocator<void>());
    using kept = kept_record<BufferSequence, allocator>;
    this->template launch<size_result, kept>(
        std::forward<Handler>(handler), [](kept& record) { return record.request(); }, buffers,
        its);
  }
};

// flush, close.
template <typename Executor>
class initiate_log_call : public log_initiation<Executor> {
 public:
  initiate_log_call(const Executor& executor, log_state_ptr called, log_call what) noexcept
      : log_initiation<Executor>(executor, std::move(called)), what_(what) {}

  template <typename Handler>
  void operator()(Handler&& handler) const {
    this->template launch<status_result, nothing_kept>(
        std::forward<Handler>(handler),
        [this](nothing_kept&) { return log_request{.what = what_}; });
  }

 private:
  log_call what_;
};

}  // namespace asiofile::detail
