// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Coroutines that each append one record after the other, until none is left.

#include "../../contender/asiofile_setup.hpp"
#include "../../worker/run_context.hpp"
#include "record_set.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>

namespace benchmark::storage {

using executor = boost::asio::io_context::executor_type;
inline constexpr boost::asio::use_awaitable_t<executor> use_awaitable{};

// `append(buffer)`: an awaitable that ends when the record is durable.
template <typename Append>
boost::asio::awaitable<void, executor> append_all(record_set& records, std::size_t appender,
                                                  Append& append) {
  const boost::asio::const_buffer record(records.record(appender), records.record_bytes());
  while (records.next(appender)) co_await append(record);
}

// As many at a time as the task has depth.
template <typename Append>
void run_appenders(boost::asio::io_context& context, const task& what, record_set& records,
                   std::uint64_t operations, Append append) {
  records.refill(operations);
  for (std::size_t appender = 0; appender != what.depth; ++appender) {
    boost::asio::co_spawn(context.get_executor(), append_all(records, appender, append),
                          [](const std::exception_ptr& thrown) {
                            // Leaves run(), and ends the program in main.
                            if (thrown) std::rethrow_exception(thrown);
                          });
  }
  run_context(context, 1);
}

}  // namespace benchmark::storage
