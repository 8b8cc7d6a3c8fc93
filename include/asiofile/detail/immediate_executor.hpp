// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Whether a handler has executors of its own: what an operation that completes immediately needs to
// know. Boost.Asio's traits only answer with a fallback, and not every executor can be the fallback
// of an immediate executor: that is required never to block, which `inline_executor` (Boost 1.90)
// cannot be, and which does not compile in Boost 1.83 for executors that never block anyway.

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/version.hpp>
#if BOOST_ASIO_VERSION >= 102800
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <type_traits>

namespace asiofile::detail {

// A fallback that nothing ever runs on. The answer is its type, or its never-blocking variant's,
// only where the handler has nothing to say.
class fallback_executor {
 public:
  class never_blocking {
   public:
    template <typename Function>
    void execute(Function&&) const {}
    bool operator==(const never_blocking&) const noexcept = default;
  };

  [[nodiscard]] never_blocking require(
      boost::asio::execution::blocking_t::never_t) const noexcept {
    return {};
  }
  template <typename Function>
  void execute(Function&&) const {}
  bool operator==(const fallback_executor&) const noexcept = default;
};

template <typename Handler>
inline constexpr bool has_associated_executor =
    !std::is_same_v<boost::asio::associated_executor_t<Handler, fallback_executor>,
                    fallback_executor>;

#if BOOST_ASIO_VERSION >= 102800
template <typename Handler>
inline constexpr bool has_immediate_executor =
    !std::is_same_v<boost::asio::associated_immediate_executor_t<Handler, fallback_executor>,
                    fallback_executor::never_blocking>;
#else
template <typename Handler>
inline constexpr bool has_immediate_executor = false;
#endif

}  // namespace asiofile::detail
