// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Where in the threads engine an operation is, and what the engine records about it:
// `operation::engine_state`.
//
// The part that has the operation writes its place, under its own lock. The engine's owner marks it
// as cancelled at any time, before it searches one part after the other: a part that receives the
// operation meanwhile sees the mark. So a cancellation is not lost between two parts.

#include "operations/operation.hpp"

#include <asiofile/detail/job.hpp>

#include <atomic>
#include <cstdint>

namespace asiofile::detail {

enum class operation_place : std::uint8_t {
  nowhere,       // between two parts, or completed
  queued,        // run_queue
  queued_quick,  // run_queue, the quick lane
  resting,       // worker_pool: until some milliseconds have passed
  running,       // worker_pool: on a worker
  polled         // stream_poller: until its stream is ready
};

inline constexpr std::uint8_t place_bits = 0x07;
inline constexpr std::uint8_t cancelled_bit = 0x08;
// The poller has found its stream ready; no other operation waiting for that stream is tried before
// this one.
inline constexpr std::uint8_t ready_bit = 0x10;
// Used by the worker that runs it: the next time that its stream is not ready, it rests.
inline constexpr std::uint8_t rest_bit = 0x20;
// Likewise: how often in a row the stream was not ready although the poller had reported it; in
// units of `vain_unit`.
inline constexpr std::uint8_t vain_bits = 0xc0;
inline constexpr std::uint8_t vain_unit = 0x40;

// Uses compiler built-ins: libc++ has no std::atomic_ref before version 19, and the other engines
// need no atomic.
[[nodiscard]] inline std::uint8_t bits_of(operation& which, std::uint8_t bits) noexcept {
  return __atomic_load_n(&which.engine_state, __ATOMIC_RELAXED) & bits;
}

[[nodiscard]] inline operation_place place_of(operation& which) noexcept {
  return static_cast<operation_place>(bits_of(which, place_bits));
}

inline void set_place(operation& which, operation_place next) noexcept {
  const auto changed = static_cast<std::uint8_t>(static_cast<std::uint8_t>(place_of(which)) ^
                                                 static_cast<std::uint8_t>(next));
  __atomic_fetch_xor(&which.engine_state, changed, __ATOMIC_RELAXED);
}

inline void set_bits(operation& which, std::uint8_t bits) noexcept {
  __atomic_fetch_or(&which.engine_state, bits, __ATOMIC_RELAXED);
}
inline void clear_bits(operation& which, std::uint8_t bits) noexcept {
  __atomic_fetch_and(&which.engine_state, static_cast<std::uint8_t>(~bits), __ATOMIC_RELAXED);
}
// Unless all bits are set.
inline void add_vain(operation& which) noexcept {
  __atomic_fetch_add(&which.engine_state, vain_unit, __ATOMIC_RELAXED);
}

// The locks of the parts order this against changes of the place.
inline void mark_cancelled(operation& which) noexcept { set_bits(which, cancelled_bit); }
[[nodiscard]] inline bool is_cancelled(operation& which) noexcept {
  return bits_of(which, cancelled_bit) != 0;
}

[[nodiscard]] inline bool was_ready(operation& which) noexcept {
  return bits_of(which, ready_bit) != 0;
}

// Null if the operation is a single system call.
[[nodiscard]] inline job* task_of(operation& which) noexcept {
  if (which.kind() == operation_kind::run_job) return static_cast<job_operation&>(which).task;
  return which.kind() == operation_kind::open ? static_cast<open_operation&>(which).task : nullptr;
}

// For an operation that rests: whether it is due at this round of the watchman. A lock rests longer
// after each try that fails.
[[nodiscard]] inline bool has_rested(operation& which) noexcept {
  if (which.kind() != operation_kind::lock) return true;
  auto& its = static_cast<lock_operation&>(which);
  return its.rounds_left == 0 || --its.rounds_left == 0;
}

inline void rest_longer(lock_operation& which) noexcept {
  constexpr std::uint8_t rounds_max = 8;
  which.rounds_left = which.rounds_next;
  if (which.rounds_next < rounds_max) which.rounds_next *= 2;
}

// Whether a cancelled operation must still run once more, because it has something to undo.
[[nodiscard]] inline bool must_run_again(operation& which) noexcept {
  const job* const task = task_of(which);
  return task != nullptr && task->has_begun();
}

}  // namespace asiofile::detail
