// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs one operation to its end on an io_context that has nothing else to do.

#include <asiofile/file_status.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace test_support {

using boost::system::error_code;

// An errno value as the error_code that asiofile promises for it.
inline error_code posix_error(int value) { return {value, boost::system::system_category()}; }

// The result of a read or write.
struct transfer {
  error_code error;
  std::size_t bytes = 0;

  transfer() = default;
  transfer(error_code ec, std::size_t n) : error(ec), bytes(n) {}

  bool operator==(const transfer&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const transfer& result) {
    return out << result.bytes << " bytes, " << result.error << " (" << result.error.message()
               << ')';
  }
};

// Calls `start` with a handler and runs the context until it is out of work. Checks that the
// handler ran exactly once and not inside `start`; returns what it was called with.
template <typename Result, typename Start>
Result run_operation(boost::asio::io_context& context, Start&& start) {
  std::optional<Result> result;
  bool initiating = true;
  start([&](auto... arguments) {
    BOOST_TEST(!initiating, "a handler ran inside the initiating function");
    BOOST_TEST(!result.has_value(), "a handler ran twice");
    result.emplace(arguments...);
  });
  initiating = false;
  context.restart();
  context.run();
  BOOST_REQUIRE_MESSAGE(result.has_value(), "run() returned before the handler ran");
  return *result;
}

// Shorthands for the three kinds of file operations.
template <typename Start>
transfer run_transfer(boost::asio::io_context& context, Start&& start) {
  return run_operation<transfer>(context, start);
}

template <typename Start>
error_code run_status(boost::asio::io_context& context, Start&& start) {
  return run_operation<error_code>(context, start);
}

struct size_found {
  error_code error;
  std::uint64_t bytes = 0;

  size_found() = default;
  size_found(error_code ec, std::uint64_t n) : error(ec), bytes(n) {}

  bool operator==(const size_found&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const size_found& found) {
    return out << found.bytes << " bytes, " << found.error;
  }
};

struct text_found {
  error_code error;
  std::string text;

  text_found() = default;
  text_found(error_code ec, std::string found) : error(ec), text(std::move(found)) {}
};

struct status_found {
  error_code error;
  asiofile::file_status status;

  status_found() = default;
  status_found(error_code ec, const asiofile::file_status& found) : error(ec), status(found) {}
};

template <typename Start>
size_found run_size(boost::asio::io_context& context, Start&& start) {
  return run_operation<size_found>(context, start);
}

}  // namespace test_support
