// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Probes backends, and caches the results for this process.

#include <asiofile/probe.hpp>

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>

namespace asiofile::detail {

// Tries a backend on this machine, now; leaves nothing behind. Not `automatic`.
backend_report try_backend(backend which);

// The last result of `try_backend`, called for this or another context; calls it if there is none.
backend_report probe_backend(backend which);

// The last result for each backend. Failures that may be temporary (no descriptor, memory or thread
// left) are not kept. For any thread. Has no lock, because a child might find that locked after
// fork(2).
class kept_reports {
 public:
  kept_reports() = default;
  kept_reports(const kept_reports&) = delete;
  kept_reports& operator=(const kept_reports&) = delete;
  ~kept_reports();

  // Null if nothing is known. The pointer stays valid.
  [[nodiscard]] const backend_report* find(backend which) const noexcept;
  void keep(const backend_report& newest);

 private:
  // The newest entry, and those that it replaced, which other threads may be reading.
  struct entry {
    backend_report report;
    pid_t process;
    entry* replaced;
  };
  static constexpr std::size_t backends = static_cast<std::size_t>(backend::simulation) + 1;

  std::array<std::atomic<entry*>, backends> newest_{};
};

// This process's.
kept_reports& reports_of_process() noexcept;

}  // namespace asiofile::detail
