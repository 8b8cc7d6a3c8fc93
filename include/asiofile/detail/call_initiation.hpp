#pragma once

// From a call of a reader or writer to its handler.

#include <asiofile/detail/background.hpp>
#include <asiofile/detail/handler_operation.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
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

// Made once for every operation, whatever becomes of it: takes the claim out of it.
template <typename Value>
claimed_arguments<boost::system::error_code, Value> claim_with(const operation& finished,
                                                               Value value) {
  call_answer& answer = answer_of(finished);
  const auto ec = completion_error(finished);
  return {std::move(answer.claim), {ec, std::move(value)}};
}

struct line_view_result {
  static auto arguments(const operation& finished) {
    const call_answer& answer = answer_of(finished);
    return claim_with(finished, answer.is_there
                                    ? std::optional(std::string_view(answer.data, answer.bytes))
                                    : std::nullopt);
  }
};

struct line_string_result {
  static auto arguments(const operation& finished) {
    const call_answer& answer = answer_of(finished);
    std::optional<std::string> copy;
    bool has_memory = true;
    try {
      if (answer.is_there) copy.emplace(answer.data, answer.bytes);
    } catch (const std::bad_alloc&) {
      has_memory = false;
    }
    auto made = claim_with(finished, std::move(copy));
    if (!has_memory) std::get<0>(made.values) = out_of_memory();
    return made;
  }

 private:
  static boost::system::error_code out_of_memory() noexcept {
    return {ENOMEM, boost::system::system_category()};
  }
};

struct chunk_result {
  static auto arguments(const operation& finished) {
    const call_answer& answer = answer_of(finished);
    return claim_with(finished,
                      answer.is_there
                          ? std::optional(boost::asio::const_buffer(answer.data, answer.bytes))
                          : std::nullopt);
  }
};

struct taken_result {
  static auto arguments(const operation& finished) {
    return claim_with(finished, answer_of(finished).bytes);
  }
};

struct done_result {
  static auto arguments(const operation& finished) {
    return claimed_arguments<boost::system::error_code>{std::move(answer_of(finished).claim),
                                                        {completion_error(finished)}};
  }
};

// In a handler's cancellation slot while its call is under way.
class call_cancellation {
 public:
  call_cancellation(std::shared_ptr<background> called, std::uint64_t number) noexcept
      : called_(std::move(called)), number_(number) {}

  // A call that is aborted has lost nothing, so the strictest request (total) can be taken too.
  void operator()(boost::asio::cancellation_type type) const {
    if ((type & boost::asio::cancellation_type::all) != boost::asio::cancellation_type::none)
      called_->cancel(number_);
  }

 private:
  std::shared_ptr<background> called_;
  std::uint64_t number_;
};

template <typename Executor, typename Result>
class initiate_call {
 public:
  using executor_type = Executor;

  initiate_call(const Executor& executor, std::shared_ptr<background> called,
                call_answer::request asked = call_answer::request::next) noexcept
      : executor_(executor), called_(std::move(called)), asked_(asked) {}

  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

  template <typename Handler>
  void operator()(Handler&& handler) const {
    launch(std::forward<Handler>(handler), 0, [](operation&, iovec*) {});
  }

 protected:
  // `prepare` is given room for as many iovecs.
  template <typename Handler, typename Prepare>
  void launch(Handler&& handler, std::size_t iovec_count, Prepare&& prepare) const {
    static_assert(sizeof(call_answer) % alignof(iovec) == 0);
    using operation_type = handler_operation<Result, std::decay_t<Handler>, Executor,
                                             tracked_work<Executor>>;
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    operation_ptr call = operation_type::create(
        operation_kind::wait, std::forward<Handler>(handler), executor_,
        sizeof(call_answer) + iovec_count * sizeof(iovec));
    auto* const answer = ::new (call->trailing) call_answer;
    answer->asked = asked_;
    prepare(*call, static_cast<iovec*>(static_cast<void*>(answer + 1)));
    const std::uint64_t number = called_->announce_call();
    if (slot.is_connected()) {
      slot.template emplace<call_cancellation>(called_, number);
      call->slot_is_set = true;
    }
    if (!called_->begin(call, number)) operation_type::complete_immediately(std::move(call));
  }

 private:
  Executor executor_;
  std::shared_ptr<background> called_;
  call_answer::request asked_;
};

template <typename Executor>
struct initiate_taking : initiate_call<Executor, taken_result> {
  using initiate_call<Executor, taken_result>::initiate_call;

  // All of the buffers, however many: they are copied.
  template <typename Handler, typename BufferSequence>
  void operator()(Handler&& handler, const BufferSequence& buffers) const {
    const auto first = boost::asio::buffer_sequence_begin(buffers);
    const auto last = boost::asio::buffer_sequence_end(buffers);
    std::size_t count = 0;
    for (auto each = first; each != last; ++each) ++count;
    this->launch(std::forward<Handler>(handler), count, [&](operation& call, iovec* into) {
      call.buffers = into;
      call.buffer_count = count;
      for (auto each = first; each != last; ++each) {
        const boost::asio::const_buffer buffer(*each);
        // Only read: preadv(2) and pwritev(2) share a type.
        *into++ = iovec{const_cast<void*>(buffer.data()), buffer.size()};
      }
    });
  }
};

}  // namespace asiofile::detail
