// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From a call of a reader or writer to its handler.

#include <asiofile/detail/background.hpp>
#include <asiofile/detail/call_cancellation.hpp>
#include <asiofile/detail/context_hold.hpp>
#include <asiofile/detail/handler_operation.hpp>
#include <asiofile/detail/handler_tracking.hpp>
#include <asiofile/detail/native_executor.hpp>
#include <asiofile/detail/sources.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/core/no_exceptions_support.hpp>
#include <boost/system/error_code.hpp>

#include <sys/uio.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace asiofile::detail {

// What a handler is called with, and the claim that keeps it valid.
template <typename... Arguments>
struct claimed_arguments {
  call_claim claim;
  std::tuple<Arguments...> values;
};

template <typename Handler, typename... Arguments>
void invoke_with(Handler&& handler, claimed_arguments<Arguments...>&& arguments) {
  // The next call may begin in the handler, and the reader be destroyed there.
  arguments.claim.end();
  const call_claim kept = std::move(arguments.claim);
  std::apply(std::forward<Handler>(handler), std::move(arguments.values));
}

// What a call keeps while it is in flight.
struct kept_call {
  call_answer answer;
};

// With all of the buffers, however many: they are copied.
struct kept_write : kept_call {
  template <typename BufferSequence>
  explicit kept_write(const BufferSequence& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers); each != end; ++each) {
      const boost::asio::const_buffer buffer(*each);
      // Only read: preadv(2) and pwritev(2) share a type.
      iovecs.push_back(iovec{const_cast<void*>(buffer.data()), buffer.size()});
    }
  }

  std::vector<iovec> iovecs;
};

// Made once for every operation, even one that is dropped: takes the claim out of it.
template <typename Value>
claimed_arguments<boost::system::error_code, Value> claim_with(const operation_result& result,
                                                               kept_call& kept, Value value) {
  return {std::move(kept.answer.claim), {make_error(result.error), std::move(value)}};
}

struct line_view_result {
  static auto arguments(const operation_result& result, kept_call& kept) {
    const call_answer& answer = kept.answer;
    return claim_with(result, kept,
                      answer.is_there ? std::optional(std::string_view(answer.data, answer.bytes))
                                      : std::nullopt);
  }
};

struct line_string_result {
  static auto arguments(const operation_result& result, kept_call& kept) {
    const call_answer& answer = kept.answer;
    std::optional<std::string> copy;
    bool has_memory = true;
    BOOST_TRY {
      if (answer.is_there) copy.emplace(answer.data, answer.bytes);
    } BOOST_CATCH(const std::bad_alloc&) {
      has_memory = false;
    }
    BOOST_CATCH_END
    if (!has_memory) put_line_back(*answer.claim.source());
    auto made = claim_with(result, kept, std::move(copy));
    if (!has_memory) std::get<0>(made.values) = out_of_memory();
    return made;
  }

 private:
  static boost::system::error_code out_of_memory() noexcept {
    return {ENOMEM, boost::system::system_category()};
  }
};

struct chunk_result {
  static auto arguments(const operation_result& result, kept_call& kept) {
    const call_answer& answer = kept.answer;
    return claim_with(result, kept,
                      answer.is_there
                          ? std::optional(boost::asio::const_buffer(answer.data, answer.bytes))
                          : std::nullopt);
  }
};

struct taken_result {
  static auto arguments(const operation_result& result, kept_call& kept) {
    return claim_with(result, kept, kept.answer.bytes);
  }
};

struct done_result {
  static auto arguments(const operation_result& result, kept_call& kept) {
    return claimed_arguments<boost::system::error_code>{std::move(kept.answer.claim),
                                                        {make_error(result.error)}};
  }
};

constexpr const char* tracked_name(call_answer::request asked) noexcept {
  switch (asked) {
    case call_answer::request::next: return "async_next";
    case call_answer::request::write: return "async_write_some";
    case call_answer::request::flush: return "async_flush";
    case call_answer::request::close: break;
  }
  return "async_close";
}

template <typename Executor, typename Result>
class initiate_call {
 public:
  using executor_type = Executor;

  initiate_call(const Executor& executor, background_ptr called,
                call_answer::request asked = call_answer::request::next) noexcept
      : executor_(executor), called_(std::move(called)), asked_(asked) {}

  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

  template <typename Handler>
  void operator()(Handler&& handler) const {
    launch<kept_call>(std::forward<Handler>(handler), [](kept_call&) {});
  }

 protected:
  // `complete(kept)`: what else the call asks for.
  template <typename Kept, typename Handler, typename Complete, typename... Arguments>
  void launch(Handler&& handler, Complete&& complete, const Arguments&... arguments) const {
    using operation_type =
        handler_operation<Result, std::decay_t<Handler>, Executor, Kept, tracked_work<Executor>>;
    context_hold held(*called_, operation_type::tells_context(executor_));
    // The handler is destroyed, as others are when a context is destroyed.
    if (!held.is_there()) return;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    operation_type& made =
        *operation_type::create(std::forward<Handler>(handler), executor_, arguments...);
    operation_ptr call(&made);
    prepare(made, operation_kind::wait);
    BOOST_ASIO_HANDLER_CREATION(
        (context_of(executor_), made, "reader", called_.get(), 0, tracked_name(asked_)));
    made.kept().answer.asked = asked_;
    complete(made.kept());
    const std::uint64_t number = announce_call(*called_);
    if (slot.is_connected())
      slot.template emplace<call_cancellation<background_ptr>>(called_, number);
    operation_result over;
    if (begin_call(*called_, call, made.kept().answer, number, operation_type::wants_result, over))
      return;
    static_cast<void>(call.release());
    held.end();
    made.complete_immediately(over);
  }

 private:
  Executor executor_;
  background_ptr called_;
  call_answer::request asked_;
};

template <typename Executor>
struct initiate_taking : initiate_call<Executor, taken_result> {
  using initiate_call<Executor, taken_result>::initiate_call;

  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, const BufferSequence& buffers) const {
    this->template launch<kept_write>(
        std::forward<Handler>(handler),
        [](kept_write& kept) {
          kept.answer.buffers = kept.iovecs.data();
          kept.answer.buffer_count = kept.iovecs.size();
        },
        buffers);
  }
};

}  // namespace asiofile::detail
