// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Threads that run an io_context until it is out of work.

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <thread>
#include <vector>

namespace test_support {

class running_threads {
 public:
  running_threads(boost::asio::io_context& context, std::size_t count) {
    for (std::size_t i = 0; i != count; ++i) threads_.emplace_back([&context] { context.run(); });
  }
  ~running_threads() { join(); }
  running_threads(const running_threads&) = delete;
  running_threads& operator=(const running_threads&) = delete;

  void join() {
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace test_support
