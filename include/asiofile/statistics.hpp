// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What a `file_service` has done so far.

#include <asiofile/backend.hpp>

#include <boost/system/error_code.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace asiofile {

/// How long operations took, from their initiation to their result, in powers of two.
struct latency_histogram {
  /// Bucket `i` counts operations of at least 2^i and less than 2^(i+1) nanoseconds; the first one
  /// also shorter ones, the last one also longer ones (over 9 minutes).
  std::array<std::uint64_t, 40> buckets{};

  /// The bucket for a duration.
  ///
  /// \param nanoseconds the duration.
  [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t nanoseconds) noexcept {
    const auto width = static_cast<std::size_t>(std::bit_width(nanoseconds));
    const std::size_t index = width == 0 ? 0 : width - 1;
    return index < 40 ? index : 39;
  }

  /// An upper bound of the duration that a share of the operations did not exceed.
  ///
  /// \param share 0 to 1: 0.5 for the median, 0.99 for the 99th percentile.
  /// \returns nanoseconds, a power of two; 0 if nothing was measured.
  [[nodiscard]] constexpr std::uint64_t quantile_nanoseconds(double share) const noexcept {
    std::uint64_t total = 0;
    for (const std::uint64_t count : buckets) total += count;
    if (total == 0) return 0;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i != buckets.size(); ++i) {
      seen += buckets[i];
      if (static_cast<double>(seen) >= share * static_cast<double>(total))
        return std::uint64_t{2} << i;
    }
    return std::uint64_t{2} << (buckets.size() - 1);
  }
};

/// Operations that one engine could not run, and another did.
struct fallback_count {
  /// The engine that could not.
  asiofile::backend from = backend::threads;
  /// The error that it reported.
  boost::system::error_code reason;
  /// How many operations.
  std::uint64_t operations = 0;
};

/// Counters of a `file_service` since it was made: a consistent snapshot.
struct service_statistics {
  /// Operations initiated.
  std::uint64_t started = 0;
  /// Operations whose handlers were called or submitted to their executors.
  std::uint64_t completed = 0;
  /// Operations that the kernel or a thread has now.
  std::uint64_t in_flight = 0;
  /// Operations that wait because of `service_options::max_in_flight`.
  std::uint64_t waiting = 0;

  /// How many batches of operations were given to the engines. Operations that are tried together
  /// without an engine count as one batch, too.
  std::uint64_t batches = 0;
  /// How many operations these batches had. One that falls back counts once for each engine, one of
  /// more than 2 GiB once for each piece.
  std::uint64_t submitted = 0;
  /// Operations per batch; 0 before the first.
  [[nodiscard]] double mean_batch_size() const noexcept {
    return batches == 0 ? 0.0 : static_cast<double>(submitted) / static_cast<double>(batches);
  }

  /// Of `submitted`, those given to io_uring, libaio, threads and the simulation: see
  /// `submitted_to`.
  std::array<std::uint64_t, 4> submitted_by_backend{};
  /// Of `submitted`, those given to one engine.
  ///
  /// \param which the engine; 0 is returned for `automatic`.
  [[nodiscard]] std::uint64_t submitted_to(backend which) const noexcept {
    const auto index = static_cast<std::size_t>(which);
    return index == 0 || index > 4 ? 0 : submitted_by_backend[index - 1];
  }

  /// Operations that one engine could not run, by engine and reason.
  std::vector<fallback_count> fallbacks;

  /// Speculative reads and writes that completed without an engine, because all of their data, or
  /// room for it, was in the page cache. `submitted` counts them for the engine that would have run
  /// them.
  std::uint64_t speculative_hits = 0;
  /// Speculative reads and writes that did not complete, and were then given to an engine.
  std::uint64_t speculative_misses = 0;

  /// From initiation to result. Empty unless `service_options::measure_latency` is set.
  latency_histogram latency;
};

}  // namespace asiofile
