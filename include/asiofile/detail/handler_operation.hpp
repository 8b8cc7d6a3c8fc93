#pragma once

// An operation together with the handler that waits for it: one block of memory from the
// handler's associated allocator, with the buffers' iovecs (or a path) behind it.

#include <asiofile/detail/executor_work.hpp>
#include <asiofile/detail/immediate_executor.hpp>
#include <asiofile/detail/operation.hpp>
#include <asiofile/write_and_sync_result.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION >= 102800
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <cstddef>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

// What a handler is called with, taken from the finished operation.
struct status_result {
  static auto arguments(const operation& finished) {
    return std::tuple(completion_error(finished));
  }
};

struct transfer_result {
  static auto arguments(const operation& finished) {
    return std::tuple(completion_error(finished), static_cast<std::size_t>(finished.transferred));
  }
};

struct chain_result {
  static auto arguments(const operation& finished) {
    return std::tuple(completion_error(finished),
                      write_and_sync_result{static_cast<std::size_t>(finished.transferred),
                                            write_error(finished), sync_error(finished)});
  }
};

struct size_result {
  static auto arguments(const operation& finished) {
    return std::tuple(completion_error(finished),
                      static_cast<std::uint64_t>(finished.result < 0 ? 0 : finished.result));
  }
};

struct file_status_result {
  static auto arguments(const operation& finished) {
    const auto ec = completion_error(finished);
    return std::tuple(
        ec, ec ? file_status() : static_cast<const status_answer*>(finished.trailing)->status);
  }
};

// Calls a handler with what a `Result` has made for it. Other types than tuples have an overload of
// their own.
template <typename Handler, typename... Arguments>
void invoke_with(Handler&& handler, std::tuple<Arguments...>&& arguments) {
  std::apply(std::forward<Handler>(handler), std::move(arguments));
}

// A handler with its arguments, ready to run. Not associated with an executor: it is given to
// the right one.
template <typename Handler, typename Arguments>
class bound_completion {
 public:
  using allocator_type =
      boost::asio::associated_allocator_t<Handler, boost::asio::recycling_allocator<void>>;

  bound_completion(Handler&& handler, Arguments arguments, bool slot_is_set)
      : handler_(std::move(handler)), arguments_(std::move(arguments)), slot_is_set_(slot_is_set) {}

  [[nodiscard]] allocator_type get_allocator() const noexcept {
    return boost::asio::get_associated_allocator(handler_,
                                                 boost::asio::recycling_allocator<void>());
  }

  void operator()() {
    // Here and not earlier: only the handler's executor may touch its slot.
    if (slot_is_set_) boost::asio::get_associated_cancellation_slot(handler_).clear();
    try {
      invoke_with(std::move(handler_), std::move(arguments_));
    } catch (...) {
      note_thrown_handler();
      throw;
    }
  }

 private:
  Handler handler_;
  Arguments arguments_;
  bool slot_is_set_;
};

// `Work` holds the executor: `served_work`, or `tracked_work` where it is not the service that takes the
// operation over.
template <typename Result, typename Handler, typename IoExecutor,
          typename Work = served_work<IoExecutor>>
class handler_operation final : public operation {
  using handler_executor = boost::asio::associated_executor_t<Handler, IoExecutor>;
  using handler_allocator =
      boost::asio::associated_allocator_t<Handler, boost::asio::recycling_allocator<void>>;

  struct alignas(std::max_align_t) block {
    std::byte bytes[alignof(std::max_align_t)];
  };
  using block_allocator =
      typename std::allocator_traits<handler_allocator>::template rebind_alloc<block>;

 public:
  // The operation, with `trailing_bytes` of room behind it at `trailing`. `handler` is moved from
  // only if nothing throws.
  template <typename H>
  static operation_ptr create(operation_kind what, H&& handler, const IoExecutor& io_executor,
                              std::size_t trailing_bytes) {
    block_allocator allocator(boost::asio::get_associated_allocator(
        handler, boost::asio::recycling_allocator<void>()));
    const std::size_t count = blocks(sizeof(handler_operation)) + blocks(trailing_bytes);
    block* const memory = std::allocator_traits<block_allocator>::allocate(allocator, count);
    try {
      auto* const created = ::new (static_cast<void*>(memory))
          handler_operation(what, std::forward<H>(handler), io_executor, count);
      created->trailing = memory + blocks(sizeof(handler_operation));
      return operation_ptr(created);
    } catch (...) {
      std::allocator_traits<block_allocator>::deallocate(allocator, memory, count);
      throw;
    }
  }

  // Completes an operation that was over at once: on the handler's immediate executor, and from
  // there on its associated executor, if it has one of its own.
  static void complete_immediately([[maybe_unused]] operation_ptr over) {
#if BOOST_ASIO_VERSION >= 102800
    if constexpr (has_immediate_executor<Handler>) {
      extracted parts(static_cast<handler_operation&>(*over.release()));
      const auto executor = boost::asio::get_associated_immediate_executor(
          parts.handler, parts.io_work.executor());
      if constexpr (has_associated_executor<Handler>)
        boost::asio::dispatch(executor, relayed_completion(std::move(parts)));
      else
        boost::asio::dispatch(executor, std::move(parts).bind());
    }
#endif
  }

 private:
  template <typename H>
  handler_operation(operation_kind what, H&& handler, const IoExecutor& io_executor,
                    std::size_t blocks_allocated)
      : operation(what, &handler_operation::do_complete),
        io_work_(io_executor),
        block_count_(blocks_allocated),
        handler_(std::forward<H>(handler)) {
    wants_immediate = has_immediate_executor<Handler>;
    const auto executor = boost::asio::get_associated_executor(handler_, io_executor);
    if constexpr (std::is_same_v<handler_executor, IoExecutor>) {
      if (executor == io_executor) return;
    }
    handler_work_.emplace(executor);
  }

  static constexpr std::size_t blocks(std::size_t bytes) noexcept {
    return (bytes + sizeof(block) - 1) / sizeof(block);
  }

  // What outlives the operation's memory: that is free again when the handler runs, so that the
  // next operation can have it.
  struct extracted {
    explicit extracted(handler_operation& from)
        : io_work(std::move(from.io_work_)),
          handler_work(std::move(from.handler_work_)),
          handler(std::move(from.handler_)),
          arguments(Result::arguments(from)),
          slot_is_set(from.slot_is_set) {
      block_allocator allocator(boost::asio::get_associated_allocator(
          handler, boost::asio::recycling_allocator<void>()));
      const std::size_t count = from.block_count_;
      from.~handler_operation();
      std::allocator_traits<block_allocator>::deallocate(
          allocator, static_cast<block*>(static_cast<void*>(&from)), count);
    }

    auto bind() && {
      return bound_completion<Handler, decltype(arguments)>(std::move(handler),
                                                            std::move(arguments), slot_is_set);
    }

    void run() && {
      if (handler_work)
        boost::asio::dispatch(handler_work->executor(), std::move(*this).bind());
      else if (io_work.is_served_by_turns())
        std::move(*this).bind()();
      else
        boost::asio::dispatch(io_work.executor(), std::move(*this).bind());
    }

    Work io_work;
    std::optional<executor_work<handler_executor>> handler_work;
    Handler handler;
    decltype(Result::arguments(std::declval<const operation&>())) arguments;
    bool slot_is_set;
  };

  // Runs on the immediate executor.
  class relayed_completion {
   public:
    using allocator_type = handler_allocator;

    explicit relayed_completion(extracted&& parts) : parts_(std::move(parts)) {}

    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return boost::asio::get_associated_allocator(parts_.handler,
                                                   boost::asio::recycling_allocator<void>());
    }

    void operator()() {
      if (parts_.handler_work)
        boost::asio::dispatch(parts_.handler_work->executor(), std::move(parts_).bind());
      else
        boost::asio::dispatch(parts_.io_work.executor(), std::move(parts_).bind());
    }

   private:
    extracted parts_;
  };

  static void do_complete(operation& base, handler_fate fate) {
    auto& self = static_cast<handler_operation&>(base);
    extracted parts(self);
    if (fate == handler_fate::destroy) return;
    std::move(parts).run();
  }

  Work io_work_;
  // Only where the handler has an executor of its own.
  std::optional<executor_work<handler_executor>> handler_work_;
  std::size_t block_count_;
  Handler handler_;
};

}  // namespace asiofile::detail
