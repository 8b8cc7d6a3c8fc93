// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What readers do when no completion token is given, and in coroutines.

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>

namespace asiofile::detail {

// The executor's default token, as everywhere; up to Boost 1.85 most executors have none, and a
// loop over a reader then is one in a coroutine.
template <typename Executor>
using default_reader_token =
    std::conditional_t<std::is_void_v<boost::asio::default_completion_token_t<Executor>>,
                       boost::asio::use_awaitable_t<>,
                       boost::asio::default_completion_token_t<Executor>>;

// `executor_type` is the coroutine's.
template <typename Token>
struct awaitable_token : std::false_type {};
template <typename Executor>
struct awaitable_token<boost::asio::use_awaitable_t<Executor>> : std::true_type {
  using executor_type = Executor;
};

}  // namespace asiofile::detail
