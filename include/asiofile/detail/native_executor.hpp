// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Finds the execution context behind a file's executor, and an executor of that context's own:
// the service schedules its dispatch passes on that one, never on a user's strand, which may be
// busy.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>

namespace asiofile::detail {

// Empty where the context is none that can be told from outside: the service then reaches its
// threads through the reactor alone.
using native_executor =
    std::variant<std::monostate, boost::asio::io_context::executor_type,
                 boost::asio::thread_pool::executor_type, boost::asio::system_executor>;

// The context that an executor belongs to, with as much of its type as the executor tells.
template <typename Executor>
decltype(auto) context_of(const Executor& executor) {
  if constexpr (boost::asio::can_query_v<const Executor&, boost::asio::execution::context_t>) {
    return boost::asio::query(executor, boost::asio::execution::context);
  } else {
    return executor.context();
  }
}

template <typename Executor>
native_executor native_executor_of(const Executor& executor);

// Looks into a type-erased executor for one of the types that programs put there.
template <typename Erased, typename... Candidates>
native_executor native_executor_among(const Erased& erased) {
  native_executor found;
  const auto look = [&]<typename Candidate>(std::type_identity<Candidate>) {
    if (!std::holds_alternative<std::monostate>(found)) return;
    if (const auto* target = erased.template target<Candidate>())
      found = native_executor_of(*target);
  };
  (look(std::type_identity<Candidates>()), ...);
  return found;
}

template <typename Executor>
using tracked_executor_t = std::decay_t<decltype(boost::asio::prefer(
    std::declval<const Executor&>(), boost::asio::execution::outstanding_work.tracked))>;

template <typename Executor>
native_executor native_executor_of(const Executor& executor) {
  using context_type = std::remove_cvref_t<decltype(context_of(executor))>;
  if constexpr (std::is_same_v<context_type, boost::asio::io_context>) {
    return context_of(executor).get_executor();
  } else if constexpr (std::is_same_v<context_type, boost::asio::thread_pool>) {
    return context_of(executor).get_executor();
  } else if constexpr (std::is_same_v<context_type, boost::asio::system_context>) {
    return boost::asio::system_executor();
  } else if constexpr (std::derived_from<Executor, boost::asio::any_io_executor>) {
    // Or one with a default token added (`as_default_on`), which derives from it.
    using io_executor = boost::asio::io_context::executor_type;
    using pool_executor = boost::asio::thread_pool::executor_type;
    return native_executor_among<
        boost::asio::any_io_executor, io_executor, tracked_executor_t<io_executor>,
        boost::asio::strand<io_executor>, boost::asio::strand<boost::asio::any_io_executor>,
        pool_executor, tracked_executor_t<pool_executor>, boost::asio::strand<pool_executor>,
        boost::asio::system_executor, boost::asio::strand<boost::asio::system_executor>>(executor);
  } else if constexpr (std::is_same_v<Executor,
                                      boost::asio::strand<boost::asio::any_io_executor>>) {
    return native_executor_of(executor.get_inner_executor());
  } else {
    return native_executor();
  }
}

}  // namespace asiofile::detail
