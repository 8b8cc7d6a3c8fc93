// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A context and a file, for tests of registration with a ring.

#include "file_contents.hpp"
#include "run_operation.hpp"
#include "temporary_directory.hpp"
#include "watchdog.hpp"

#include <asiofile/file_service.hpp>
#include <asiofile/random_access_file.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace test_support {

inline bool runs_ring(boost::asio::execution_context& context) {
  return boost::asio::use_service<asiofile::file_service>(context).active_backend() ==
         asiofile::backend::io_uring;
}

struct registration_fixture {
  registration_fixture(std::uint32_t file_number, std::size_t bytes)
      : path(make_pattern_file(directory.path("file"), file_number, bytes)) {}

  // With O_DIRECT if the file system supports it, so that an engine does the work.
  asiofile::random_access_file open(const std::string& name, asiofile::file_base::flags flags) {
    asiofile::random_access_file file(context);
    error_code ec;
    file.open(name, flags | asiofile::file_base::direct, ec);
    if (ec == posix_error(EINVAL)) file.open(name, flags);
    return file;
  }

  template <typename Buffer>
  transfer read(asiofile::random_access_file& file, std::uint64_t offset, const Buffer& buffer) {
    return run_transfer(
        context, [&](auto handler) { file.async_read_some_at(offset, buffer, handler); });
  }

  temporary_directory directory;
  watchdog limit{std::chrono::seconds(60)};
  const std::string path;
  boost::asio::io_context context;
};

}  // namespace test_support
