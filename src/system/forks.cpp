// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/forks.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>

namespace asiofile::detail {

namespace {

std::atomic<unsigned> forks = 0;

void count_fork() noexcept { forks.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

unsigned forks_so_far() noexcept {
  // It fails if there is no memory.
  static const bool is_counting = ::pthread_atfork(nullptr, nullptr, count_fork) == 0;
  return is_counting ? forks.load(std::memory_order_relaxed) : static_cast<unsigned>(::getpid());
}

}  // namespace asiofile::detail
