#pragma once

// An executor that is told that work is outstanding for as long as the object lives.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>

#include <optional>
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

// The executor of an operation, which is told of the operation as of outstanding work.
template <typename Executor>
class operation_work : public executor_work<Executor> {
 public:
  operation_work(const Executor& executor, bool) : executor_work<Executor>(executor) {}

  // Whether a turn of the service is in the executor's context, and the executor runs functions
  // there at once.
  [[nodiscard]] bool is_served_by_turns() const noexcept {
    if constexpr (std::is_same_v<Executor, boost::asio::any_io_executor>) {
      // Almost always one of an io_context's. Asking saves the type-erased path, which allocates a
      // function object.
      using plain = boost::asio::io_context::executor_type;
      using tracked = std::decay_t<decltype(boost::asio::prefer(
          std::declval<const plain&>(), boost::asio::execution::outstanding_work.tracked))>;
      const auto& erased = this->executor();
      return erased.template target<tracked>() != nullptr ||
             erased.template target<plain>() != nullptr;
    } else {
      return false;
    }
  }
};

// An io_context is told by the service itself, once for all operations that it has taken over
// (`context_gate::begin_work`): atomic counting would be a good part of what a cached read costs.
template <>
class operation_work<boost::asio::io_context::executor_type> {
  using plain = boost::asio::io_context::executor_type;

 public:
  // `is_service_told`: the operation will be the service's.
  operation_work(const plain& executor, bool is_service_told) noexcept : executor_(executor) {
    if (!is_service_told) work_.emplace(executor);
  }

  [[nodiscard]] const plain& executor() const noexcept { return executor_; }
  [[nodiscard]] static bool is_served_by_turns() noexcept { return true; }

 private:
  plain executor_;
  std::optional<executor_work<plain>> work_;
};

}  // namespace asiofile::detail
