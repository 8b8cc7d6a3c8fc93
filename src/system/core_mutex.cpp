// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/core_mutex.hpp"

#include "system/processors.hpp"

namespace asiofile::detail {

namespace {

// Some microseconds: longer than the mutex is usually held, even if what it guards is in another
// processor's cache; shorter than sleeping and being woken up takes.
constexpr int looks_awake = 200;

}  // namespace

void core_mutex::wait() noexcept {
  for (int i = 0; i != looks_awake; ++i) {
    pause_processor();
    if (state_.load(std::memory_order_relaxed) == free && try_lock()) return;
  }
  // This thread may not be the only one that sleeps here, so it marks the mutex as waited for: its
  // unlock wakes another.
  while (state_.exchange(waited_for, std::memory_order_acquire) != free)
    state_.wait(waited_for, std::memory_order_relaxed);
}

}  // namespace asiofile::detail
