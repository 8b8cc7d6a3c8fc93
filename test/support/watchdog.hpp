// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Ends the whole process, naming the test case, if a scope lasts too long: a test of code that may
// hang must not hang itself.

#include "sanitizers.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace test_support {

class watchdog {
 public:
  // Five times the limit under a sanitizer.
  explicit watchdog(std::chrono::seconds limit)
      : limit_(limit * normally_or_sanitized(1, 5)),
        test_(boost::unit_test::framework::current_test_case().full_name()),
        thread_([this] { watch(); }) {}

  ~watchdog() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, limit_, [this] { return over_; })) return;
    std::fprintf(stderr, "watchdog: %s has lasted over %lld s\n", test_.c_str(),
                 static_cast<long long>(limit_.count()));
    std::fflush(stderr);
    // Boost.Test would take the signal for the test's own.
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  }

  const std::chrono::seconds limit_;
  const std::string test_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace test_support
