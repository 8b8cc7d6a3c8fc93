// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Shorthands for the service options that tests vary.

#include <asiofile/file_service.hpp>
#include <asiofile/service_options.hpp>

#include <boost/asio/execution_context.hpp>

#include <cstddef>

namespace test_support {

inline asiofile::file_service& limit_in_flight(boost::asio::execution_context& context,
                                               std::size_t max_in_flight) {
  asiofile::service_options options;
  options.max_in_flight = max_in_flight;
  return boost::asio::make_service<asiofile::file_service>(context, options);
}

}  // namespace test_support
