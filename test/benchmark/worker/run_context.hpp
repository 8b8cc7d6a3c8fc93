// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs an io_context until it has nothing to do, in one or several threads.

#include <boost/asio/io_context.hpp>

#include <thread>
#include <vector>

namespace benchmark {

inline void run_context(boost::asio::io_context& context, unsigned threads) {
  context.restart();
  std::vector<std::jthread> others;
  for (unsigned index = 1; index < threads; ++index)
    others.emplace_back([&context] { context.run(); });
  context.run();
}

}  // namespace benchmark
