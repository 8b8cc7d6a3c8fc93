// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The program's own heap: every operator new of it is counted, and can be made to fail.

#include <cstdint>

namespace allocation_test {

// Allocations so far, on all threads.
[[nodiscard]] std::uint64_t allocation_count() noexcept;

// Those that have not been freed yet.
[[nodiscard]] std::int64_t living_allocation_count() noexcept;

// How many bytes were asked for so far, and how many of the heap the living allocations take.
[[nodiscard]] std::uint64_t allocated_bytes() noexcept;
[[nodiscard]] std::int64_t living_bytes() noexcept;

enum class failing_threads { this_one, all };
enum class failing_times { once, from_then_on };

// While it lives, the Nth allocation since its construction fails, counted from 1. Only one such
// object may exist at a time.
class failing_allocations {
 public:
  failing_allocations(std::uint64_t nth, failing_threads threads, failing_times times) noexcept;
  ~failing_allocations() { stop(); }
  failing_allocations(const failing_allocations&) = delete;
  failing_allocations& operator=(const failing_allocations&) = delete;

  // From here on every allocation succeeds again.
  void stop() noexcept;

  // Whether one has failed; otherwise there were fewer than N.
  [[nodiscard]] bool have_failed() const noexcept;
};

}  // namespace allocation_test
