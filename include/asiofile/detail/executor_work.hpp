// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// An executor with outstanding work for as long as the object lives.

#include <boost/asio/any_io_executor.hpp>
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
  // Tells the executor's context, so that has to be there: `context_hold`.
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

// The executor of an operation, which counts the operation as outstanding work.
template <typename Executor>
class tracked_work : public executor_work<Executor> {
 public:
  using executor_work<Executor>::executor_work;

  // Whether the constructor tells the executor's context.
  static bool tells_context(const Executor&) noexcept { return true; }

  // Whether this thread is in a dispatch pass of the service on the executor's context, so that the
  // executor runs functions immediately.
  [[nodiscard]] bool is_served_by_passes() const noexcept {
    using plain = boost::asio::io_context::executor_type;
    if constexpr (std::is_same_v<Executor, plain>) {
      return true;
    } else if constexpr (std::is_same_v<Executor, boost::asio::any_io_executor>) {
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

// The same for an operation that the service accepts.
template <typename Executor>
class served_work : public tracked_work<Executor> {
 public:
  using tracked_work<Executor>::tracked_work;
};

// For an io_context the service itself counts work, once for all operations that it has accepted
// (`context_adapter::work_started`): atomic counting would be a large part of the cost of a cached
// read.
#if !defined(BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT)
template <>
class served_work<boost::asio::any_io_executor> {
  using erased = boost::asio::any_io_executor;
  using plain = boost::asio::io_context::executor_type;

 public:
  explicit served_work(const erased& executor)
      : executor_(
            tells_context(executor)
                ? boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)
                : executor) {}

  [[nodiscard]] const erased& executor() const noexcept { return executor_; }
  // Almost always one of an io_context's. Asking saves the type-erased path, which allocates a
  // function object.
  [[nodiscard]] bool is_served_by_passes() const noexcept {
    using tracked = std::decay_t<decltype(boost::asio::prefer(
        std::declval<const plain&>(), boost::asio::execution::outstanding_work.tracked))>;
    return executor_.target<plain>() != nullptr || executor_.target<tracked>() != nullptr;
  }
  static bool tells_context(const erased& executor) noexcept {
    return executor.target<plain>() == nullptr;
  }

 private:
  erased executor_;
};
#endif

template <>
class served_work<boost::asio::io_context::executor_type> {
  using plain = boost::asio::io_context::executor_type;

 public:
  explicit served_work(const plain& executor) noexcept : executor_(executor) {}
  static bool tells_context(const plain&) noexcept { return false; }

  [[nodiscard]] const plain& executor() const noexcept { return executor_; }
  [[nodiscard]] static bool is_served_by_passes() noexcept { return true; }

 private:
  plain executor_;
};

}  // namespace asiofile::detail
