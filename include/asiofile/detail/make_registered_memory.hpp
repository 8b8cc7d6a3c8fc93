// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <asiofile/detail/errors.hpp>
#include <asiofile/detail/executor_of.hpp>
#include <asiofile/detail/make_file.hpp>
#include <asiofile/detail/native_executor.hpp>
#include <asiofile/detail/registered_memory_access.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>

namespace asiofile::detail {

// On the service of a source's context, which is made where there is none yet.
template <typename Source>
registered_memory_ptr make_registered_memory(Source& source, std::size_t count,
                                             std::size_t bytes_each,
                                             boost::system::error_code& ec) {
  const auto executor = executor_of(source);
  boost::asio::execution_context& context = context_of(executor);
  const native_executor native = native_executor_of(executor);
  registered_memory_ptr made;
  ec = make_error(make_registered_memory(
      service_access::core_of(boost::asio::use_service<file_service>(context)), &native, count,
      bytes_each, made));
  return made;
}

inline boost::system::error_code registration_error(const registered_memory& of) noexcept {
  return make_error(registration_errno(of));
}

}  // namespace asiofile::detail
