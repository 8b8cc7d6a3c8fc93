// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Starts an operation with one of the kinds of completion tokens that programs use.

#include "counting_allocator.hpp"
#include "future_waiter.hpp"
#include "tracked_operation.hpp"

#include <asiofile/write_and_sync_result.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace verify {

namespace asio = boost::asio;

using strand_type = asio::strand<asio::io_context::executor_type>;

enum class token_kind { callback, callback_anywhere, awaitable, deferred, future };

// The completion that every kind of token leads to. Copies share the operation.
struct completion {
  std::shared_ptr<tracked_operation> operation;
  // What the user does next, on the strand.
  std::function<void()> then;
  // The same for callers that are not on the strand: dispatches to it, if the context still exists.
  std::function<void()> then_from_elsewhere;

  void operator()(const error_code& ec, std::uint64_t count = 0) const {
    operation->complete(ec, count);
    then();
  }
  void operator()(const error_code& ec, const asiofile::write_and_sync_result& result) const {
    (*this)(ec, result.bytes_transferred);
  }
};

// Ends the operation of a future, as its handler would.
template <typename T>
void take_future(std::future<T>& future, const completion& done) {
  try {
    if constexpr (std::is_void_v<T>) {
      future.get();
      done(error_code());
    } else {
      done(error_code(), future.get());
    }
  } catch (const boost::system::system_error& failed) {
    done.operation->result_is_lost = is_chain(done.operation->type);
    done(failed.code());
  } catch (const std::future_error&) {
    // Its handler was destroyed without being called.
  }
}

// Calls `start`, which starts the operation with the token that it is given, and `launch` when the
// operation really begins: both are on the strand, and this must be called there.
template <typename Start, typename Launch>
class token_starter {
 public:
  token_starter(const strand_type& strand, future_waiter& waiter, completion done, Start start,
                Launch launch)
      : strand_(strand),
        waiter_(waiter),
        done_(std::move(done)),
        start_(std::move(start)),
        launch_(std::move(launch)) {}

  void with(token_kind kind) {
    switch (kind) {
      case token_kind::callback: return with_callback();
      case token_kind::callback_anywhere: return with_callback_anywhere();
      case token_kind::awaitable: return with_awaitable();
      case token_kind::deferred: return with_deferred();
      case token_kind::future: return with_future();
    }
  }

 private:
  auto on_strand() {
    return asio::bind_executor(
        strand_, asio::bind_cancellation_slot(
                     done_.operation->signal.slot(),
                     asio::bind_allocator(counting_allocator<void>(), done_)));
  }

  void with_callback() {
    done_.operation->has_slot = true;
    launch_();
    const initiation_scope scope(*done_.operation);
    start_(on_strand());
  }

  // On any thread of the context; continues on the strand afterwards.
  void with_callback_anywhere() {
    launch_();
    const initiation_scope scope(*done_.operation);
    start_([done = done_, strand = strand_](const error_code& ec, auto... result) {
      require(done.operation->completions == 0, "a handler ran twice");
      asio::dispatch(strand, [=] { done(ec, result...); });
    });
  }

  void with_awaitable() {
    done_.operation->has_slot = true;
    // The slot's signal must outlive the coroutine, which ends later than its operation.
    asio::co_spawn(strand_, await(start_, launch_, done_),
                   asio::bind_cancellation_slot(done_.operation->signal.slot(),
                                                [kept = done_.operation](std::exception_ptr) {}));
  }

  static asio::awaitable<void> await(Start start, Launch launch, completion done) {
    // A cancellation before the operation begins has no effect.
    co_await asio::this_coro::throw_if_cancelled(false);
    launch();
    auto results = co_await start(asio::as_tuple(asio::use_awaitable));
    std::apply(done, results);
  }

  void with_deferred() {
    done_.operation->has_slot = true;
    asio::post(strand_, [operation = start_(asio::deferred), handler = on_strand(),
                         tracked = done_.operation, launch = launch_]() mutable {
      launch();
      const initiation_scope scope(*tracked);
      std::move(operation)(std::move(handler));
    });
  }

  void with_future() {
    launch_();
    auto future = start_(asio::use_future);
    // Without the strand, which must not outlive its context: futures may.
    waiter_.add(std::move(future), [done = done_](auto& ready) {
      take_future(ready, {done.operation, done.then_from_elsewhere, {}});
    });
  }

  strand_type strand_;
  future_waiter& waiter_;
  completion done_;
  Start start_;
  Launch launch_;
};

}  // namespace verify
