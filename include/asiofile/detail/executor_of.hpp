// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What free functions take to know where to run: an executor, or anything that has one.

#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/is_executor.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

template <typename Executor>
concept executor = boost::asio::is_executor<Executor>::value ||
                   boost::asio::execution::is_executor<Executor>::value;

template <typename Context>
concept execution_context = std::convertible_to<Context&, boost::asio::execution_context&>;

template <typename Source>
concept has_executor = requires(Source& source) { source.get_executor(); };

template <typename Source>
concept executor_source = has_executor<Source> || executor<std::remove_cvref_t<Source>>;

template <executor_source Source>
auto executor_of(Source& source) {
  if constexpr (has_executor<Source>)
    return source.get_executor();
  else
    return std::remove_cv_t<Source>(source);
}

template <typename Source>
using executor_of_t =
    std::decay_t<decltype(executor_of(std::declval<std::remove_reference_t<Source>&>()))>;

}  // namespace asiofile::detail
