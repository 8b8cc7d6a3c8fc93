// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>

#include <utility>

namespace test_support {

// The minimum that an executor must have: it counts no work, and hides the executor that it wraps,
// so that the service can reach its context only through the reactor, with a descriptor.
class bare_executor {
 public:
  explicit bare_executor(const boost::asio::io_context::executor_type& inner) : inner_(inner) {}

  boost::asio::execution_context& query(boost::asio::execution::context_t) const {
    return boost::asio::query(inner_, boost::asio::execution::context);
  }
  static constexpr boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) {
    return boost::asio::execution::blocking.never;
  }
  template <typename Function>
  void execute(Function&& function) const {
    boost::asio::post(inner_, std::forward<Function>(function));
  }
  bool operator==(const bare_executor& other) const noexcept { return inner_ == other.inner_; }

 private:
  boost::asio::any_io_executor inner_;
};

}  // namespace test_support
