// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A wait for some time, with a timer of its own.

#include <asiofile/testing/detail/timer_state.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace asiofile::testing::detail {

template <typename Executor>
class timed_wait {
 public:
  timed_wait(std::shared_ptr<memory_system> on, const Executor& executor,
             std::chrono::nanoseconds duration)
      : system_(std::move(on)), executor_(executor), duration_(duration) {}

  template <typename Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    const auto made = std::make_shared<timer_state<Executor>>(executor_);
    // Kept while it is waited for, by its wait.
    made->use_only(system_);
    made->expires_after(duration_);
    wait_for_timer(made, self);
  }

  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec) {
    self.complete(ec);
  }

 private:
  std::shared_ptr<memory_system> system_;
  Executor executor_;
  std::chrono::nanoseconds duration_;
};

template <typename Executor, typename Token>
auto wait_on(const std::shared_ptr<memory_system>& system, const Executor& executor,
             std::chrono::nanoseconds duration, Token& token) {
  return boost::asio::async_compose<Token, void(boost::system::error_code)>(
      timed_wait<Executor>(system, executor, duration), token, executor);
}

}  // namespace asiofile::testing::detail
