// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file object's service: that of its executor's context.

#include <asiofile/detail/file_access.hpp>
#include <asiofile/detail/native_executor.hpp>
#include <asiofile/file_service.hpp>

#include <boost/asio/execution_context.hpp>

#include <memory>

namespace asiofile::detail {

struct service_access {
  static const std::shared_ptr<service_core>& core_of(file_service& service) noexcept {
    return service.core_;
  }
};

// A closed file on the service of the executor's context, which is made where there is none yet.
template <typename Executor>
file_state_ptr make_file(const Executor& executor) {
  boost::asio::execution_context& context = context_of(executor);
  const native_executor native = native_executor_of(executor);
  return make_file(service_access::core_of(boost::asio::use_service<file_service>(context)),
                   &native);
}

}  // namespace asiofile::detail
