// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An operation together with the handler that waits for it, and with what the library refers to
// meanwhile (buffers, a path): one object, in memory from the handler's associated allocator.

#include <asiofile/detail/errors.hpp>
#include <asiofile/detail/executor_work.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/handler_tracking.hpp>
#include <asiofile/detail/immediate_executor.hpp>
#include <asiofile/detail/operation.hpp>
#include <asiofile/write_and_sync_result.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION >= 102800
#include <boost/asio/associated_immediate_executor.hpp>
#endif
#include <boost/core/no_exceptions_support.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

// What a handler is called with, made of the result and of what the operation has kept.
struct status_result {
  static auto arguments(const operation_result& result, const auto&) {
    return std::tuple(make_error(result.error));
  }
};

struct transfer_result {
  static auto arguments(const operation_result& result, const auto&) {
    return std::tuple(make_error(result.error), static_cast<std::size_t>(result.value));
  }
};

struct chain_result {
  static auto arguments(const operation_result& result, const auto&) {
    return std::tuple(make_error(result.error),
                      write_and_sync_result{static_cast<std::size_t>(result.value),
                                            make_error(result.write_error),
                                            make_error(result.sync_error)});
  }
};

struct size_result {
  static auto arguments(const operation_result& result, const auto&) {
    return std::tuple(make_error(result.error), result.value);
  }
};

// Calls a handler with what a `Result` has made for it. Other types than tuples have an overload of
// their own.
template <typename Handler, typename... Arguments>
void invoke_with(Handler&& handler, std::tuple<Arguments...>&& arguments) {
  std::apply(std::forward<Handler>(handler), std::move(arguments));
}

// Whether the program itself has bound the handler's cancellation slot. It may then use the slot
// only where the handler runs, so the slot may be cleared there. Handlers of others (of a parallel
// group, of a composed operation) often run on any thread, and their signal may be emitted on
// another one at that moment: their slots are left as they are, as Boost.Asio's own services leave
// all. A late emission has no effect, because the slot holds a handle.
template <typename Handler>
inline constexpr bool has_bound_slot = false;
template <typename Handler, typename Slot>
inline constexpr bool has_bound_slot<boost::asio::cancellation_slot_binder<Handler, Slot>> = true;
template <typename Handler, typename Executor>
inline constexpr bool has_bound_slot<boost::asio::executor_binder<Handler, Executor>> =
    has_bound_slot<Handler>;

// A handler with its arguments, ready to run. Not associated with an executor: it is given to
// the right one.
template <typename Handler, typename Arguments>
class bound_completion {
 public:
  using allocator_type =
      boost::asio::associated_allocator_t<Handler, boost::asio::recycling_allocator<void>>;

  bound_completion(Handler&& handler, Arguments arguments)
      : handler_(std::move(handler)), arguments_(std::move(arguments)) {}

  [[nodiscard]] allocator_type get_allocator() const noexcept {
    return boost::asio::get_associated_allocator(handler_,
                                                 boost::asio::recycling_allocator<void>());
  }

  void operator()() {
    if constexpr (has_bound_slot<Handler>) {
      auto slot = boost::asio::get_associated_cancellation_slot(handler_);
      if (slot.is_connected()) slot.clear();
    }
    BOOST_TRY {
      invoke_with(std::move(handler_), std::move(arguments_));
    } BOOST_CATCH(...) {
      note_thrown_handler();
      BOOST_RETHROW
    }
    BOOST_CATCH_END
  }

 private:
  Handler handler_;
  Arguments arguments_;
};

// Runs a function on one executor that then runs it on another: through the immediate executor to
// the associated one.
template <typename Executor, typename Function>
class dispatched_to {
 public:
  using allocator_type = typename Function::allocator_type;

  dispatched_to(Executor executor, Function function)
      : executor_(std::move(executor)), function_(std::move(function)) {}

  [[nodiscard]] allocator_type get_allocator() const noexcept { return function_.get_allocator(); }

  void operator()() { boost::asio::dispatch(executor_, std::move(function_)); }

 private:
  Executor executor_;
  Function function_;
};

// Of an operation that keeps nothing for the library.
struct nothing_kept {};

// Of a handler without an executor of its own: it runs on the file's.
struct no_handler_work {};

// `Kept` is made of the arguments of `create`, and does not move until the operation has completed.
// `Work` holds the executor: `served_work`, or `tracked_work` where it is not the service that
// takes the operation over.
template <typename Result, typename Handler, typename IoExecutor, typename Kept = nothing_kept,
          typename Work = served_work<IoExecutor>>
class handler_operation final : public operation_storage BOOST_ASIO_ALSO_INHERIT_TRACKED_HANDLER {
  using handler_executor = boost::asio::associated_executor_t<Handler, IoExecutor>;
  using handler_work_type =
      std::conditional_t<has_associated_executor<Handler>,
                         std::optional<executor_work<handler_executor>>, no_handler_work>;

 public:
  using handler_allocator =
      boost::asio::associated_allocator_t<Handler, boost::asio::recycling_allocator<void>>;

  // `handler` is moved from only if nothing throws.
  template <typename H, typename... Arguments>
  static handler_operation* create(H&& handler, const IoExecutor& io_executor,
                                   Arguments&&... arguments) {
    unused_memory memory(allocator_of(handler));
    handler_operation* const made = ::new (memory.get()) handler_operation(
        std::forward<H>(handler), io_executor, std::forward<Arguments>(arguments)...);
    memory.is_used = true;
    return made;
  }

  template <typename H>
  static handler_allocator allocator_of(const H& handler) noexcept {
    return boost::asio::get_associated_allocator(handler,
                                                 boost::asio::recycling_allocator<void>());
  }

  [[nodiscard]] Kept& kept() noexcept { return kept_; }

  // Whether `create` registers work with a context, which then must exist.
  static bool tells_context(const IoExecutor& io_executor) noexcept {
    if constexpr (std::is_same_v<handler_executor, IoExecutor>)
      return Work::tells_context(io_executor);
    else
      return true;
  }

  static constexpr bool wants_result = has_immediate_executor<Handler>;

  // Delivers the result of an operation that has completed already, through the handler's immediate
  // executor.
  void complete_immediately([[maybe_unused]] const operation_result& result) {
#if BOOST_ASIO_VERSION >= 102800
    if constexpr (wants_result) {
      BOOST_ASIO_HANDLER_COMPLETION((*this));
      extracted parts(*this, result);
      const auto immediate = boost::asio::get_associated_immediate_executor(
          parts.handler, parts.io_work.executor());
      BOOST_ASIO_HANDLER_INVOCATION_BEGIN(
          (make_error(result.error), static_cast<std::size_t>(result.value)));
      std::move(parts).run_through(immediate);
      BOOST_ASIO_HANDLER_INVOCATION_END;
    }
#endif
  }

 private:
  using own_allocator =
      typename std::allocator_traits<handler_allocator>::template rebind_alloc<handler_operation>;

  // Memory for one, released if its constructor throws.
  struct unused_memory {
    explicit unused_memory(const handler_allocator& from)
        : allocator(from),
          start(std::allocator_traits<own_allocator>::allocate(allocator, 1)) {}
    unused_memory(const unused_memory&) = delete;
    unused_memory& operator=(const unused_memory&) = delete;
    ~unused_memory() {
      if (!is_used) std::allocator_traits<own_allocator>::deallocate(allocator, start, 1);
    }
    [[nodiscard]] void* get() const noexcept { return start; }

    own_allocator allocator;
    handler_operation* start;
    bool is_used = false;
  };

  template <typename H, typename... Arguments>
  handler_operation(H&& handler, const IoExecutor& io_executor, Arguments&&... arguments)
      : operation_storage(&handler_operation::end),
        io_work_(io_executor),
        kept_(std::forward<Arguments>(arguments)...),
        handler_(std::forward<H>(handler)) {
    if constexpr (has_associated_executor<Handler>) {
      const auto executor = boost::asio::get_associated_executor(handler_, io_executor);
      if constexpr (std::is_same_v<handler_executor, IoExecutor>) {
        if (executor == io_executor) return;
      }
      handler_work_.emplace(executor);
    }
  }

  // What outlives the operation's memory: that is free again when the handler runs, so that the
  // next operation can have it.
  struct extracted {
    extracted(handler_operation& from, const operation_result& result)
        : io_work(std::move(from.io_work_)),
          handler_work(std::move(from.handler_work_)),
          handler(std::move(from.handler_)),
          arguments(Result::arguments(result, from.kept_)) {
      own_allocator allocator(allocator_of(handler));
      from.~handler_operation();
      std::allocator_traits<own_allocator>::deallocate(allocator, &from, 1);
    }

    auto bind() && {
      return bound_completion<Handler, decltype(arguments)>(std::move(handler),
                                                            std::move(arguments));
    }

    void run() && {
      if constexpr (has_associated_executor<Handler>) {
        if (handler_work)
          return boost::asio::dispatch(handler_work->executor(), std::move(*this).bind());
      }
      if (io_work.is_served_by_passes())
        std::move(*this).bind()();
      else
        boost::asio::dispatch(io_work.executor(), std::move(*this).bind());
    }

    // The handler's own executor may be the file's, which needs no work of its own. Where it has
    // none, the immediate one is where it runs.
    template <typename Immediate>
    void run_through(const Immediate& immediate) && {
      if constexpr (!has_associated_executor<Handler>)
        boost::asio::dispatch(immediate, std::move(*this).bind());
      else if (handler_work)
        dispatch_through(immediate, handler_work->executor());
      else
        dispatch_through(immediate, executor_work<IoExecutor>(io_work.executor()).executor());
    }

    template <typename Immediate, typename Executor>
    void dispatch_through(const Immediate& immediate, const Executor& executor) {
      auto bound = std::move(*this).bind();
      boost::asio::dispatch(immediate,
                            dispatched_to<Executor, decltype(bound)>(executor, std::move(bound)));
    }

    Work io_work;
    [[no_unique_address]] handler_work_type handler_work;
    Handler handler;
    decltype(Result::arguments(std::declval<const operation_result&>(),
                               std::declval<Kept&>())) arguments;
  };

  static void end(operation_storage& base, const operation_result* result) {
    auto& self = static_cast<handler_operation&>(base);
    BOOST_ASIO_HANDLER_COMPLETION((self));
    extracted parts(self, result != nullptr ? *result : operation_result());
    if (result == nullptr) return;
    BOOST_ASIO_HANDLER_INVOCATION_BEGIN(
        (make_error(result->error), static_cast<std::size_t>(result->value)));
    std::move(parts).run();
    BOOST_ASIO_HANDLER_INVOCATION_END;
  }

  Work io_work_;
  // Only where the handler has an executor of its own.
  [[no_unique_address]] handler_work_type handler_work_;
  [[no_unique_address]] Kept kept_;
  Handler handler_;
};

}  // namespace asiofile::detail
