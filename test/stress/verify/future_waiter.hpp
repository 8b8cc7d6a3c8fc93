// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A thread that waits for futures, so that threads that run contexts need not.

#include <chrono>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace verify {

class future_waiter {
 public:
  // Polls a future repeatedly. When it is ready, handles it and returns true.
  using poll_function = std::function<bool()>;

  future_waiter();
  ~future_waiter();
  future_waiter(const future_waiter&) = delete;
  future_waiter& operator=(const future_waiter&) = delete;

  // Calls `take` with the future when that is ready, from the waiting thread.
  template <typename T, typename Take>
  void add(std::future<T> future, Take take) {
    auto shared = std::make_shared<std::future<T>>(std::move(future));
    add([shared, take = std::move(take)]() mutable {
      if (shared->wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
      take(*shared);
      return true;
    });
  }

  // From now on nothing is called.
  void stop();
  // After `stop`: handles the remaining futures in this thread, and fails if one is not ready,
  // because those of a destroyed context must be.
  void finish();

 private:
  void add(poll_function poll);
  void run();
  bool poll_all();

  std::mutex mutex_;
  std::list<poll_function> polled_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace verify
