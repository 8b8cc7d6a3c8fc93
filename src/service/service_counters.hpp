#pragma once

// What a service counts. Guarded by its mutex, which it holds anyway where something happens.

#include "service/running_turn.hpp"

#include <asiofile/detail/operation.hpp>
#include <asiofile/statistics.hpp>

#include <chrono>
#include <cstdint>

namespace asiofile::detail {

class service_counters {
 public:
  explicit service_counters(bool measures_latency) noexcept
      : measures_latency_(measures_latency) {}

  void count_start(operation& started) noexcept {
    started.number = ++so_far_.started;
    if (measures_latency_) started.started_nanoseconds = now();
  }

  void count_submission(backend to) noexcept {
    ++so_far_.submitted;
    ++so_far_.submitted_by_backend[static_cast<std::size_t>(to) - 1];
  }

  // Operations that were tried without an engine.
  void count_at_once_hit() noexcept { ++so_far_.speculative_hits; }
  void count_at_once_misses(std::uint64_t misses) noexcept {
    so_far_.speculative_misses += misses;
  }

  void count_batch() noexcept { ++so_far_.batches; }

  // What a turn has counted, whose reads would have been those of an engine.
  void add(const turn_counts& counted, backend reads) noexcept {
    so_far_.completed += counted.completed;
    so_far_.speculative_misses += counted.misses;
    if (counted.hits == 0) return;
    so_far_.started += counted.hits;
    so_far_.batches += counted.hits;
    so_far_.submitted += counted.hits;
    so_far_.submitted_by_backend[static_cast<std::size_t>(reads) - 1] += counted.hits;
    so_far_.speculative_hits += counted.hits;
  }

  // The result stands.
  void count_result(const operation& over) noexcept {
    if (measures_latency_)
      ++so_far_.latency.buckets[latency_histogram::bucket_of(now() - over.started_nanoseconds)];
  }

  void count_completion() noexcept { ++so_far_.completed; }

  // Counts that an engine returned an operation for another one to run. Not counted where there
  // is no memory for a new reason.
  void count_fallback(backend from, std::int64_t result) noexcept;

  [[nodiscard]] const service_statistics& so_far() const noexcept { return so_far_; }

 private:
  static std::uint64_t now() noexcept {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
  }

  service_statistics so_far_;
  const bool measures_latency_;
};

}  // namespace asiofile::detail
