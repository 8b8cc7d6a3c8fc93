// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A context on files in memory, and common functions of tests that use it.

#include "run_operation.hpp"

#include <asiofile/asiofile.hpp>
#include <asiofile/testing/file_system.hpp>

#include <boost/asio/io_context.hpp>

#include <string>
#include <string_view>

namespace testing_tests {

namespace asio = boost::asio;
using asiofile::file_base;
using asiofile::testing::call_kind;
using asiofile::testing::file_system;
using asiofile::testing::file_system_options;
using test_support::error_code;
using test_support::posix_error;

inline constexpr auto read_write_create = file_base::read_write | file_base::create;

// A program's context; a second one on the same files stands for the program after a restart.
struct program {
  explicit program(const file_system& files) { files.attach(context); }

  template <typename Start>
  error_code run(Start&& start) {
    return test_support::run_status(context, start);
  }

  error_code sync_directory(const std::string& path) {
    return run(
        [&](auto handler) { asiofile::async_sync_directory(context, path, std::move(handler)); });
  }

  error_code replace(const std::string& path, std::string_view content) {
    return run([&](auto handler) {
      asiofile::async_replace_file(context, path, asio::buffer(content), std::move(handler));
    });
  }

  error_code rename(const std::string& from, const std::string& to) {
    return run(
        [&](auto handler) { asiofile::async_rename(context, from, to, std::move(handler)); });
  }

  error_code make_directory(const std::string& path) {
    return run([&](auto handler) {
      asiofile::async_create_directory(context, path, std::move(handler));
    });
  }

  error_code remove(const std::string& path) {
    return run([&](auto handler) { asiofile::async_remove(context, path, std::move(handler)); });
  }

  asio::io_context context;
};

// Reads find it from now on; nothing of it is durable.
inline void write(program& its, const std::string& path, std::uint64_t offset,
                  std::string_view content) {
  asiofile::random_access_file file(its.context, path, read_write_create);
  file.write_some_at(offset, asio::buffer(content));
}

}  // namespace testing_tests
