// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From a function of a directory reader to a job.

#include <asiofile/detail/directory_access.hpp>
#include <asiofile/detail/job_initiation.hpp>
#include <asiofile/detail/make_file.hpp>

#include <boost/asio/execution_context.hpp>

#include <memory>
#include <string>
#include <tuple>

namespace asiofile::detail {

// On the service of the executor's context, which is made where there is none yet.
template <typename Executor>
directory_state_ptr make_directory_state(const Executor& executor) {
  boost::asio::execution_context& context = context_of(executor);
  return make_directory_state(
      service_access::core_of(boost::asio::use_service<file_service>(context)));
}

struct directory_batch_result {
  static auto arguments(const operation_result& result, const kept_job<job>& kept) {
    return std::tuple(make_error(result.error), take_batch(*kept.task));
  }
};

struct directory_job_factory {
  directory_state_ptr state;
  directory_step what;
  std::string path = {};
  std::shared_ptr<job> operator()() const { return make_directory_job(state, what, path); }
};

}  // namespace asiofile::detail
