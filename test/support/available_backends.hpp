// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The backends of this machine, for tests that compare them in one process.

#include <asiofile/backend.hpp>
#include <asiofile/file_service.hpp>
#include <asiofile/probe.hpp>
#include <asiofile/service_options.hpp>

#include <boost/asio/execution_context.hpp>

#include <vector>

namespace test_support {

inline std::vector<asiofile::backend> available_backends() {
  std::vector<asiofile::backend> found;
  for (const auto& report : asiofile::probe()) {
    if (report.available) found.push_back(report.backend);
  }
  return found;
}

inline asiofile::file_service& use_backend(boost::asio::execution_context& context,
                                           asiofile::backend which) {
  asiofile::service_options options;
  options.backend = which;
  return boost::asio::make_service<asiofile::file_service>(context, options);
}

}  // namespace test_support
