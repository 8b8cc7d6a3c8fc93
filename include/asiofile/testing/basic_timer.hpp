// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// Timers on the virtual clock of a simulated file system.

#include <asiofile/testing/clock.hpp>
#include <asiofile/testing/detail/timer_state.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>

namespace asiofile::testing {

/// A timer on the virtual clock of the `file_system` that its context is attached to, with the
/// interface of `boost::asio::basic_waitable_timer`. A program whose timer is a template parameter
/// runs on either:
///
/// \code
/// template <typename Timer = boost::asio::steady_timer>
/// class session {
///   Timer limit_;
///   void read_more() {
///     limit_.expires_after(std::chrono::seconds(30));
///     limit_.async_wait(...);
///   }
/// };
///
/// session<asiofile::testing::timer> tested(...);  // half a minute takes no time
/// \endcode
///
/// The clock moves as for operations of files (see `file_system`): when the context has gone
/// through everything that was ready, to the next operation or timer that is due.
///
/// On a context that no `file_system` is attached to, waits end with `operation_not_supported`, and
/// the time is the clock's epoch.
///
/// While timers of a context are waited for, they take one place of those that its service has
/// (`service_options::max_in_flight`), which must be more than one.
///
/// \par Lifetimes
/// It must be destroyed before its context. Its destruction cancels its waits.
///
/// \par Thread safety
/// Distinct objects are safe, shared objects are not.
template <typename Executor = boost::asio::any_io_executor>
class basic_timer {
 public:
  /// The type of the executor associated with the timer.
  using executor_type = Executor;
  /// Rebinds the timer type to another executor.
  template <typename Other>
  struct rebind_executor {
    /// The timer type when rebound.
    using other = basic_timer<Other>;
  };
  /// The clock that the timer uses.
  using clock_type = clock;
  /// The clock's unit.
  using duration = clock_type::duration;
  /// A time on the clock.
  using time_point = clock_type::time_point;

  /// Makes a timer that has expired.
  ///
  /// \param executor the executor for handlers that have no associated executor; the clock is that
  ///   of its context.
  explicit basic_timer(const executor_type& executor)
      : state_(std::make_shared<state_type>(executor)) {}

  /// As above, on the executor of `context`.
  template <std::derived_from<boost::asio::execution_context> Context>
    requires std::convertible_to<typename Context::executor_type, executor_type>
  explicit basic_timer(Context& context) : basic_timer(executor_type(context.get_executor())) {}

  /// Makes a timer that expires at a time of the clock.
  basic_timer(const executor_type& executor, const time_point& when) : basic_timer(executor) {
    expires_at(when);
  }

  /// As above, on the executor of `context`.
  template <std::derived_from<boost::asio::execution_context> Context>
    requires std::convertible_to<typename Context::executor_type, executor_type>
  basic_timer(Context& context, const time_point& when) : basic_timer(context) {
    expires_at(when);
  }

  /// Makes a timer that expires when this time has passed on the clock.
  basic_timer(const executor_type& executor, const duration& after) : basic_timer(executor) {
    expires_after(after);
  }

  /// As above, on the executor of `context`.
  template <std::derived_from<boost::asio::execution_context> Context>
    requires std::convertible_to<typename Context::executor_type, executor_type>
  basic_timer(Context& context, const duration& after) : basic_timer(context) {
    expires_after(after);
  }

  /// Moves the timer and its waits here. `other` may then only be destroyed or assigned to.
  basic_timer(basic_timer&& other) noexcept = default;
  /// Cancels its own waits, then moves `other` here, as the move constructor does.
  basic_timer& operator=(basic_timer&& other) noexcept {
    std::swap(state_, other.state_);
    if (other.state_) other.cancel();
    return *this;
  }
  ~basic_timer() {
    if (state_) state_->cancel();
  }

  /// The executor associated with the timer.
  [[nodiscard]] executor_type get_executor() const noexcept { return state_->get_executor(); }

  /// When it expires.
  [[nodiscard]] time_point expiry() const { return state_->expiry(); }

  /// Sets the time when it expires, and cancels the waits for the former one.
  ///
  /// \returns how many waits were cancelled.
  std::size_t expires_at(const time_point& when) { return state_->expires_at(when); }

  /// As above, counted from now.
  std::size_t expires_after(const duration& after) { return state_->expires_after(after); }

  /// Cancels all waits that have not completed: they end with `operation_aborted`.
  ///
  /// \returns how many waits were cancelled.
  std::size_t cancel() { return state_->cancel(); }

  /// As `cancel`, for the wait that was started first.
  std::size_t cancel_one() { return state_->cancel_one(); }

  /// Moves the clock to the time when it expires, if that is not past. Whatever else is due by then
  /// completes afterwards.
  ///
  /// \param ec `operation_not_supported` if the context has no virtual clock.
  void wait(boost::system::error_code& ec) { state_->wait(ec); }

  /// As above, throwing.
  void wait() {
    boost::system::error_code ec;
    wait(ec);
    if (ec) boost::throw_exception(boost::system::system_error(ec, "wait"));
  }

  /// Waits until it expires.
  ///
  /// \param token completes with `void(error_code)`: success when it has expired;
  ///   `operation_aborted` if the wait was cancelled, also by the token's slot (every type);
  ///   `operation_not_supported` if the context has no virtual clock.
  template <boost::asio::completion_token_for<void(boost::system::error_code)> WaitToken =
                boost::asio::default_completion_token_t<executor_type>>
  auto async_wait(
      WaitToken&& token = boost::asio::default_completion_token_t<executor_type>()) {
    return detail::wait_for_timer(state_, token);
  }

     private:
  using state_type = detail::timer_state<Executor>;
  std::shared_ptr<state_type> state_;
};

/// A timer with the executor that most programs use.
using timer = basic_timer<>;

}  // namespace asiofile::testing
