// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From a free function to a job on a thread.

#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/initiation.hpp>
#include <asiofile/detail/job.hpp>

#include <boost/asio/async_result.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace asiofile::detail {

// The job of an operation.
template <typename Job>
struct kept_job {
  explicit kept_job(std::shared_ptr<Job> made) noexcept : task(std::move(made)) {}
  std::shared_ptr<Job> task;
};

// What a handler is called with: the error code, and what `Job::take_answer` returns (a tuple) if
// it has such a member. After an error that is what the job has left in it.
template <typename Job>
struct job_result {
  static auto arguments(const operation_result& result, const kept_job<Job>& kept) {
    const auto ec = std::make_tuple(make_error(result.error));
    if constexpr (requires(Job& done) { done.take_answer(); })
      return std::tuple_cat(ec, kept.task->take_answer());
    else
      return ec;
  }
};

template <typename Executor, typename Job, typename Result = job_result<Job>>
struct initiate_job : file_initiation<Executor> {
  using file_initiation<Executor>::file_initiation;

  // A job runs once, and a deferred operation may be launched more often: each launch makes one.
  template <typename Handler, typename Factory>
  void operator()(Handler&& handler, const Factory& make_job) const {
    std::shared_ptr<Job> task = make_job();
    this->template launch<Result, kept_job<Job>>(
        std::forward<Handler>(handler), [](kept_job<Job>& kept) -> job& { return *kept.task; },
        std::move(task));
  }
};

// Starts what `make_job` returns, a `std::shared_ptr<Job>`, on the service of the source's context.
template <typename Job, typename Signature, typename Result = job_result<Job>, typename Source,
          typename Token, typename Factory>
auto start_job(Source& source, Token& token, Factory make_job) {
  using executor_type = executor_of_t<Source>;
  const executor_type executor = executor_of(source);
  const file_state_ptr file = make_file(executor);
  return boost::asio::async_initiate<Token, Signature>(
      initiate_job<executor_type, Job, Result>(executor, file, operation_kind::run_job), token,
      std::move(make_job));
}

}  // namespace asiofile::detail
