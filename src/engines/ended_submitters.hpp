// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Records whether threads that have submitted to a ring have ended since: the kernel completes what
// is linked to their operations without running it, with an error (EFAULT) that a file system could
// also report.

#include <atomic>
#include <cstdint>

namespace asiofile::detail {

class ended_submitters {
 public:
  // How many have ended so far.
  [[nodiscard]] static std::uint32_t count() noexcept {
    return count_.load(std::memory_order_acquire);
  }

  // The calling thread is about to submit. It counts when it ends, before the kernel sees that.
  static void note_submitter() noexcept {
    thread_local const mark of_this_thread;
    static_cast<void>(of_this_thread);
  }

 private:
  struct mark {
    mark() noexcept = default;
    mark(const mark&) = delete;
    mark& operator=(const mark&) = delete;
    ~mark() { count_.fetch_add(1, std::memory_order_release); }
  };

  static inline std::atomic<std::uint32_t> count_{0};
};

}  // namespace asiofile::detail
