// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A copy as one composed operation.

#include <asiofile/detail/beneath_access.hpp>
#include <asiofile/detail/context_hold.hpp>
#include <asiofile/detail/copy_work.hpp>
#include <asiofile/detail/handler_operation.hpp>
#include <asiofile/detail/handler_tracking.hpp>
#include <asiofile/detail/native_executor.hpp>
#include <asiofile/detail/job_initiation.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/compose.hpp>
#include <boost/core/no_exceptions_support.hpp>
#include <boost/system/error_code.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace asiofile::detail {

// In a handler's cancellation slot while its copy workers run.
class workers_cancellation {
 public:
  explicit workers_cancellation(const std::shared_ptr<copy_workers>& workers) noexcept
      : workers_(workers) {}

  void operator()(boost::asio::cancellation_type type) const noexcept {
    using boost::asio::cancellation_type;
    if ((type & cancellation_type::all) == cancellation_type::none) return;
    if (const auto workers = workers_.lock()) stop(*workers);
  }

 private:
  std::weak_ptr<copy_workers> workers_;
};

// One round of copy workers, as an operation. `handler` is moved from only if nothing throws.
template <typename Executor, typename Handler>
void start_workers(const Executor& executor, const file_state& service,
                 const std::shared_ptr<file_copy>& copy, Handler&& handler) {
  using operation_type = handler_operation<status_result, std::decay_t<Handler>, Executor,
                                           nothing_kept, tracked_work<Executor>>;
  const context_hold held(service, operation_type::tells_context(executor));
  if (!held.is_there()) return;
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  const std::shared_ptr<copy_workers> workers = make_workers(service, copy);
  operation_type& made = *operation_type::create(std::forward<Handler>(handler), executor);
  operation_ptr waiting(&made);
  prepare(made, operation_kind::wait);
  BOOST_ASIO_HANDLER_CREATION(
      (context_of(executor), made, "file_copy", copy.get(), 0, "async_copy_file"));
  if (slot.is_connected())
    slot.template emplace<workers_cancellation>(workers);
  start(*workers, std::move(waiting));
}

// Starts one round after the other: what async_compose calls.
template <typename Executor, typename Progress>
class copy_rounds {
 public:
  // `directory`: where the paths begin, and which they cannot leave; null if there is none.
  copy_rounds(const Executor& executor, const file_state_ptr& service,
              const file_state_ptr& directory, std::shared_ptr<file_copy> copy, Progress progress)
      : executor_(executor),
        service_(service),
        directory_(directory),
        copy_(std::move(copy)),
        progress_(std::move(progress)) {}

  template <typename Self>
  void operator()(Self& self) {
    self.reset_cancellation_state(boost::asio::enable_total_cancellation());
    start_on_a_thread(self);
  }

  template <typename Self>
  void operator()(Self& self, boost::system::error_code ec) {
    const bool is_cancelled = self.cancelled() != boost::asio::cancellation_type::none;
    const copy_round next = next_round(*copy_, is_cancelled, ec);
    const copied_bytes bytes = copied(*copy_);
    if (progress_ && !ec) progress_(bytes.so_far, bytes.total);
    BOOST_TRY {
      switch (next) {
        case copy_round::on_a_thread: return start_on_a_thread(self);
        case copy_round::by_workers: return start_workers_round(self);
        case copy_round::none: break;
      }
    } BOOST_CATCH(const std::bad_alloc&) {
      if (!copy_) {
        BOOST_RETHROW  // `self` has been moved from
      }
      // What was done is undone when the copy is destroyed.
      ec.assign(ENOMEM, boost::system::system_category());
    }
    BOOST_CATCH_END
    // What it holds is gone when the handler runs.
    copy_.reset();
    self.complete(ec, bytes.so_far);
  }

 private:
  // Both move from the object that these members are in.
  template <typename Self>
  void start_on_a_thread(Self& self) {
    const Executor executor = executor_;
    const file_state_ptr service = service_;
    const file_state_ptr directory = directory_;
    const std::shared_ptr<file_copy> copy = copy_;
    initiate_job<Executor, job>(executor, service, operation_kind::run_job)(std::move(self), [&] {
      std::shared_ptr<job> task = make_copy_job(copy);
      if (directory) begin_beneath(*task, *directory);
      return task;
    });
  }

  template <typename Self>
  void start_workers_round(Self& self) {
    const Executor executor = executor_;
    const file_state_ptr service = service_;
    const std::shared_ptr<file_copy> copy = copy_;
    start_workers(executor, *service, copy, std::move(self));
  }

  Executor executor_;
  file_state_ptr service_;
  file_state_ptr directory_;
  std::shared_ptr<file_copy> copy_;
  Progress progress_;
};

// A deferred operation may be launched more than once: each launch makes a copy of its own.
template <typename Executor>
class initiate_copy {
 public:
  using executor_type = Executor;

  initiate_copy(const Executor& executor, file_state_ptr directory)
      : executor_(executor), service_(make_file(executor)), directory_(std::move(directory)) {}

  [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

  template <typename Handler, typename Progress>
  void operator()(Handler&& handler, const std::string& from, const std::string& to,
                  const copy_settings& settings, Progress progress) const {
    using token_type = std::decay_t<Handler>;
    token_type token(std::forward<Handler>(handler));
    boost::asio::async_compose<token_type, void(boost::system::error_code, std::uint64_t)>(
        copy_rounds<Executor, Progress>(
            executor_, service_, directory_, make_copy(*service_, from, to, settings),
            std::move(progress)),
        token, executor_);
  }

 private:
  Executor executor_;
  file_state_ptr service_;
  file_state_ptr directory_;
};

}  // namespace asiofile::detail
