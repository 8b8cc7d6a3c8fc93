// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A timer on the virtual clock, and those that wait for it.

#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/testing/clock.hpp>
#include <asiofile/testing/detail/timer_queue.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace asiofile::testing::detail {

// The handlers of its waits are in a timer of Asio's that never expires by itself: Asio keeps and
// cancels them as it does everybody's. It is cancelled when its virtual time has come.
//
// Guarded by a mutex: a thread of the context ends it while another one uses it.
template <typename Executor>
class timer_state final : public queued_timer,
                          public std::enable_shared_from_this<timer_state<Executor>> {
  using error_code = boost::system::error_code;

 public:
  explicit timer_state(const Executor& executor)
      : queue_(boost::asio::use_service<timer_queue>(asiofile::detail::context_of(executor))),
        parked_(executor, std::chrono::steady_clock::time_point::max()) {}

  // No other clock than this file system's.
  void use_only(std::weak_ptr<memory_system> files) noexcept { only_.emplace(std::move(files)); }

  [[nodiscard]] Executor get_executor() noexcept { return parked_.get_executor(); }

  [[nodiscard]] clock::time_point expiry() const {
    const std::lock_guard lock(mutex_);
    return expiry_;
  }

  std::size_t expires_at(clock::time_point when) {
    const std::lock_guard lock(mutex_);
    expiry_ = when;
    return cancel_all();
  }

  std::size_t expires_after(clock::duration after) {
    const clock::time_point from = queue_.now();
    const bool is_beyond = after > clock::time_point::max() - from;
    return expires_at(is_beyond ? clock::time_point::max() : from + after);
  }

  std::size_t cancel() {
    const std::lock_guard lock(mutex_);
    return cancel_all();
  }

  std::size_t cancel_one() {
    const std::lock_guard lock(mutex_);
    return parked_.cancel_one();
  }

  void wait(error_code& ec) { ec = queue_.move_to(expiry()) ? error_code() : unsupported(); }

  // The result of one expiry, shared by all who wait for it.
  struct outcome {
    error_code result = boost::asio::error::operation_aborted;
    std::size_t waits = 0;
  };

  // A handler waits. Returns what it then gives to `leave`.
  template <typename Park>
  void enter(Park&& park) {
    std::unique_lock lock(mutex_);
    if (!current_) current_ = std::make_shared<outcome>();
    const std::shared_ptr<outcome> its = current_;
    const bool is_first = its->waits++ == 0;
    park(parked_, its);
    if (!is_first) return;
    const clock::time_point due = expiry_;
    lock.unlock();
    std::optional<timer_queue::place> place;
    if (!only_ || only_->lock() == queue_.files())
      place = queue_.add(this->shared_from_this(), due);
    lock.lock();
    if (current_ != its) {
      // Over meanwhile.
      if (place) queue_.remove(*place);
      return;
    }
    place_ = place;
    if (!place) end_current(unsupported());
  }

  // The wait has ended with `ec`. Returns why.
  error_code leave(outcome& its, error_code ec) {
    const std::lock_guard lock(mutex_);
    // Nobody is left to wait for: the clock has nothing to go on to here.
    if (--its.waits == 0 && current_.get() == &its) forget();
    return ec == boost::asio::error::operation_aborted ? its.result : ec;
  }

  void end(error_code ec) override {
    const std::lock_guard lock(mutex_);
    if (current_) end_current(ec);
  }

  void drive(std::shared_ptr<asiofile::detail::job> sleep) override {
    auto over = [queue = &queue_](error_code ec) { queue->driven(ec); };
    const Executor executor = parked_.get_executor();
    asiofile::detail::start_job<asiofile::detail::job, void(error_code)>(
        executor, over, [sleep = std::move(sleep)] { return sleep; });
  }

 private:
  static error_code unsupported() noexcept {
    return {EOPNOTSUPP, boost::system::system_category()};
  }

  std::size_t cancel_all() {
    forget();
    return parked_.cancel();
  }

  void end_current(error_code ec) {
    current_->result = ec;
    forget();
    parked_.cancel();
  }

  void forget() noexcept {
    current_.reset();
    if (place_) queue_.remove(*place_);
    place_.reset();
  }

  mutable std::mutex mutex_;
  timer_queue& queue_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      parked_;
  std::optional<std::weak_ptr<memory_system>> only_;
  clock::time_point expiry_{};
  // While it is waited for.
  std::shared_ptr<outcome> current_;
  std::optional<timer_queue::place> place_;
};

template <typename Executor>
class timer_wait {
 public:
  explicit timer_wait(std::shared_ptr<timer_state<Executor>> awaited) noexcept
      : awaited_(std::move(awaited)) {}

  template <typename Self>
  void operator()(Self& self) {
    // All that the timer of Asio's does, which has no effect but that it ends.
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    const auto awaited = awaited_;
    awaited->enter([&](auto& parked, const auto& its) {
      outcome_ = its;
      parked.async_wait(std::move(self));
    });
  }

  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec) {
    const auto awaited = std::move(awaited_);
    const auto its = std::move(outcome_);
    self.complete(awaited->leave(*its, ec));
  }

 private:
  std::shared_ptr<timer_state<Executor>> awaited_;
  std::shared_ptr<typename timer_state<Executor>::outcome> outcome_;
};

template <typename Executor, typename Token>
auto wait_for_timer(const std::shared_ptr<timer_state<Executor>>& awaited, Token& token) {
  return boost::asio::async_compose<Token, void(boost::system::error_code)>(
      timer_wait<Executor>(awaited), token, awaited->get_executor());
}

}  // namespace asiofile::testing::detail
