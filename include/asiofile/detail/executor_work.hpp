#pragma once

// An executor that is told that work is outstanding for as long as the object lives.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>

#include <type_traits>
#include <utility>

namespace asiofile::detail {

// Executors of the Networking TS count their work through a guard.
template <typename Executor, bool = boost::asio::execution::is_executor<Executor>::value>
class executor_work {
 public:
  explicit executor_work(const Executor& executor) : guard_(executor) {}

  [[nodiscard]] Executor executor() const noexcept { return guard_.get_executor(); }

 private:
  boost::asio::executor_work_guard<Executor> guard_;
};

// Standard executors are the guard themselves once `outstanding_work.tracked` is preferred.
template <typename Executor>
class executor_work<Executor, true> {
 public:
  explicit executor_work(const Executor& executor)
      : tracked_(
            boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)) {}

  [[nodiscard]] const auto& executor() const noexcept { return tracked_; }

 private:
  std::decay_t<decltype(boost::asio::prefer(
      std::declval<const Executor&>(), boost::asio::execution::outstanding_work.tracked))>
      tracked_;
};

// Runs a completion on an executor: at once where this thread is in the executor's context and
// the executor allows it, else later.
template <typename Executor, typename Function>
void dispatch_to(const Executor& executor, Function&& function) {
  if constexpr (std::is_same_v<Executor, boost::asio::any_io_executor>) {
    // Almost always an io_context's executor. Asking saves the type-erased path, which
    // allocates a function object.
    using plain = boost::asio::io_context::executor_type;
    using tracked = std::decay_t<decltype(boost::asio::prefer(
        std::declval<const plain&>(), boost::asio::execution::outstanding_work.tracked))>;
    if (const auto* target = executor.template target<tracked>()) {
      boost::asio::dispatch(*target, std::forward<Function>(function));
      return;
    }
    if (const auto* target = executor.template target<plain>()) {
      boost::asio::dispatch(*target, std::forward<Function>(function));
      return;
    }
  }
  boost::asio::dispatch(executor, std::forward<Function>(function));
}

}  // namespace asiofile::detail
