// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "failure.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace verify {

namespace {

std::atomic<std::uint64_t> seed_of_run = 0;

}  // namespace

void remember_seed(std::uint64_t seed) noexcept { seed_of_run = seed; }

void fail(const std::string& what) {
  // Held until the end: one failure is reported, whole.
  static std::mutex mutex;
  mutex.lock();
  std::printf("FAILED, seed %llu: %s\n", static_cast<unsigned long long>(seed_of_run.load()),
              what.c_str());
  std::fflush(stdout);
  std::_Exit(EXIT_FAILURE);
}

}  // namespace verify
