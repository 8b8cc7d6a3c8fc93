// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The statistics of a service.

#include "operations/operation.hpp"
#include "service/service_lock.hpp"

#include <asiofile/statistics.hpp>

#include <chrono>
#include <cstdint>

namespace asiofile::detail {

class service_counters {
 public:
  explicit service_counters(bool measures_latency) noexcept
      : measures_latency_(measures_latency) {}

  void count_start(operation& started) noexcept ASIOFILE_REQUIRES(service_lock) {
    started.number = ++so_far_.started;
    if (measures_latency_) started.started_nanoseconds = now();
  }

  void count_submission(backend to) noexcept ASIOFILE_REQUIRES(service_lock) {
    ++so_far_.submitted;
    ++so_far_.submitted_by_backend[static_cast<std::size_t>(to) - 1];
  }

  // An operation was tried without an engine.
  void count_try(const operation& tried, bool has_succeeded) noexcept
      ASIOFILE_REQUIRES(service_lock) {
    if (!tried.is_transfer()) return;
    ++(has_succeeded ? so_far_.speculative_hits : so_far_.speculative_misses);
  }

  void count_batch() noexcept ASIOFILE_REQUIRES(service_lock) { ++so_far_.batches; }

  // The result is final.
  void count_result(const operation& over) noexcept ASIOFILE_REQUIRES(service_lock) {
    if (measures_latency_)
      ++so_far_.latency.buckets[latency_histogram::bucket_of(now() - over.started_nanoseconds)];
  }

  void count_completion() noexcept ASIOFILE_REQUIRES(service_lock) { ++so_far_.completed; }

  // An engine has returned an operation for another one to run. Not counted if there is no memory
  // for a new reason.
  void count_fallback(backend from, std::int64_t result) noexcept ASIOFILE_REQUIRES(service_lock);

  [[nodiscard]] service_statistics& so_far() noexcept ASIOFILE_REQUIRES(service_lock) {
    return so_far_;
  }

 private:
  static std::uint64_t now() noexcept {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
  }

  service_statistics so_far_ ASIOFILE_GUARDED_BY(service_lock);
  const bool measures_latency_;
};

}  // namespace asiofile::detail
