// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Takes operations from their start to their result: those that wait for an engine, are tried
// without one, are in an engine, or are to be cancelled. Knows nothing of handlers and contexts.
//
// Operations come in by `add` and `end`, under the service's lock, and come out in `over`; a single
// one may be returned by `speculate_alone` instead. The work itself is done by whoever calls
// `speculate`, `speculate_alone` and `submit_and_reap`: dispatch passes and
// waiting synchronous functions.

#include "operations/operation_queue.hpp"
#include "operations/speculation.hpp"
#include "service/batch_policy.hpp"
#include "service/engine_set.hpp"
#include "service/service_counters.hpp"
#include "service/service_lock.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

class pipeline {
 public:
  // `in_flight_max`: see `service_options::max_in_flight`. All must outlive it.
  pipeline(engine_set& engines, service_counters& counters, std::size_t in_flight_max) noexcept
      : engines_(engines), counters_(counters), in_flight_max_(in_flight_max) {}
  pipeline(const pipeline&) = delete;
  pipeline& operator=(const pipeline&) = delete;

  // ---- operations

  // Takes an operation to be run.
  void add(operation& next) noexcept ASIOFILE_REQUIRES(service_lock) {
    move_to(next, operation_stage::waiting);
    // Asked here and not when it is submitted: a sync covers what was written before it was
    // started.
    if (next.concerns_others) [[unlikely]]
      note_failures_before(next);
    (is_worth_trying(next) ? candidates_ : waiting_).push_back(next);
  }
  // Takes an operation that has completed and is in no other list.
  void end(operation& next) noexcept ASIOFILE_REQUIRES(service_lock);
  // Requests the cancellation of an operation. No effect on a close, or on one that has not started
  // or has completed.
  void cancel(operation& which) noexcept ASIOFILE_REQUIRES(service_lock);
  // Operations that have completed (stage `completed`). The caller takes them all.
  [[nodiscard]] operation_queue& over() noexcept ASIOFILE_REQUIRES(service_lock) { return over_; }

  // Something can be given to an engine, or tried, now; or an engine must be notified of a
  // cancellation.
  [[nodiscard]] bool has_to_do() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return !is_empty(candidates_) || has_for_engines();
  }
  // The same, except for what is to be tried.
  [[nodiscard]] bool has_for_engines() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return can_submit() || !is_empty(cancelling_);
  }
  // Something can be tried without an engine: by any thread.
  [[nodiscard]] bool has_candidates() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return !is_empty(candidates_);
  }
  // Engines have operations.
  [[nodiscard]] bool is_busy() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return in_engines_ != 0;
  }
  // How many of them count against `in_flight_max`; how many wait for that.
  [[nodiscard]] std::size_t in_flight() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return in_flight_;
  }
  [[nodiscard]] std::size_t waiting() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return waiting_.size() + candidates_.size();
  }

  // ---- work

  // Tries operations that need no engine, or decides that an engine runs them. For any number of
  // threads at a time. Releases the lock meanwhile. Returns whether there were any.
  bool speculate(core_lock& lock, std::size_t at_most = tried_together_max)
      ASIOFILE_REQUIRES(service_lock);

  // If a single operation waits and may be tried, tries it. Releases the lock meanwhile. Returns
  // the operation if it has completed, instead of an entry in `over`; otherwise null.
  [[nodiscard]] operation* speculate_alone(core_lock& lock) ASIOFILE_REQUIRES(service_lock);

  // How many are tried at a time, before others may run.
  static constexpr std::size_t tried_together_max = 128;
  // Fewer if there are other threads: something is left for them, and the lock is not held for too
  // long by one that takes back many results. `outstanding`: what all of them have.
  [[nodiscard]] static constexpr std::size_t tried_beside_others_max(
      std::size_t outstanding) noexcept {
    return std::clamp<std::size_t>(outstanding / 4, 8, 32);
  }

  // One thread at a time owns the engines.
  [[nodiscard]] bool is_owned() const noexcept ASIOFILE_REQUIRES(service_lock) { return is_owned_; }
  void own() noexcept ASIOFILE_REQUIRES(service_lock) ASIOFILE_ACQUIRE(engine_owner)
      ASIOFILE_NO_ANALYSIS;
  void disown() noexcept ASIOFILE_REQUIRES(service_lock) ASIOFILE_RELEASE(engine_owner)
      ASIOFILE_NO_ANALYSIS;

  // Submits what waits, cancels what is to be cancelled, and reaps what has completed. Releases the
  // lock meanwhile. `is_parked`: the engines were setting the notifier, and are told to stop.
  void submit_and_reap(core_lock& lock, bool is_parked)
      ASIOFILE_REQUIRES(service_lock, engine_owner);
  // Reaps what has completed, without releasing the lock: before a fork.
  void reap() noexcept ASIOFILE_REQUIRES(service_lock, engine_owner);
  // Makes the engines set the notifier from now on. Releases the lock meanwhile. Returns whether
  // something has completed already.
  bool notify(core_lock& lock) ASIOFILE_REQUIRES(service_lock, engine_owner);

  // ---- at the end, and around a fork

  // Whether threads are trying operations: their system calls touch buffers.
  [[nodiscard]] bool is_speculating() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return speculating_threads_ != 0;
  }
  // Takes what waits to be tried or for an engine.
  void take_waiting(operation_queue& into) noexcept ASIOFILE_REQUIRES(service_lock);
  // Ends the operations that engines have. Releases the lock meanwhile. They are appended, with
  // their results.
  void drain(core_lock& lock, operation_queue& into) ASIOFILE_REQUIRES(service_lock, engine_owner);
  // In a child: the engines are the parent's, and so are threads that try something. What they had
  // is in no list: see `file_registry::take_running`.
  void abandon(bool is_prepared) noexcept ASIOFILE_REQUIRES(service_lock, engine_owner);

 private:
  struct trial;

  [[nodiscard]] bool can_submit() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return !is_empty(waiting_) && in_flight_ < in_flight_limit();
  }
  [[nodiscard]] std::size_t in_flight_limit() const noexcept;
  void take_candidates(trial& into, std::size_t at_most) noexcept ASIOFILE_REQUIRES(service_lock);
  std::size_t take_batch(engine_set::batches& into) noexcept ASIOFILE_REQUIRES(service_lock);
  void leave_engine(operation& back) noexcept ASIOFILE_REQUIRES(service_lock);
  void take_back(operation& back) noexcept ASIOFILE_REQUIRES(service_lock);
  void leave_position(transfer_operation& written) noexcept ASIOFILE_REQUIRES(service_lock);
  void resubmit(operation& back) noexcept ASIOFILE_REQUIRES(service_lock);
  void leave_to_engines(trial& from, bool are_reads) noexcept ASIOFILE_REQUIRES(service_lock);
  void take_tried(operation_queue& tried) noexcept ASIOFILE_REQUIRES(service_lock);
  void go_on(operation& back) noexcept ASIOFILE_REQUIRES(service_lock);
  static void note_sync(operation& back) noexcept ASIOFILE_REQUIRES(service_lock);
  static void note_flags(transfer_operation& back) noexcept ASIOFILE_REQUIRES(service_lock);
  [[nodiscard]] bool note_tried(operation& tried, bool has_succeeded, engine_index usual) noexcept
      ASIOFILE_REQUIRES(service_lock);
  static void note_failures_before(operation& next) noexcept ASIOFILE_REQUIRES(service_lock);
  void complete(operation& over) noexcept ASIOFILE_REQUIRES(service_lock);
  void finish(operation& over) noexcept ASIOFILE_REQUIRES(service_lock);
  void end_chain(transfer_operation& over) noexcept ASIOFILE_REQUIRES(service_lock);

  engine_set& engines_;
  service_counters& counters_;
  const std::size_t in_flight_max_;

  // To be given to an engine. Those that are worth a try go to `candidates_` first.
  operation_queue waiting_ ASIOFILE_GUARDED_BY(service_lock);
  operation_queue candidates_ ASIOFILE_GUARDED_BY(service_lock);
  // How many operations engines have; those of them whose cancellation the engine must still be
  // told of (`operation::cancel_is_due`).
  std::size_t in_engines_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  operation_queue cancelling_ ASIOFILE_GUARDED_BY(service_lock);
  operation_queue over_ ASIOFILE_GUARDED_BY(service_lock);
  std::size_t in_flight_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  std::size_t speculating_threads_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  bool is_owned_ ASIOFILE_GUARDED_BY(service_lock) = false;

  batch_policy policy_ ASIOFILE_GUARDED_BY(service_lock);
  // A batch of reads that went to an engine and whose duration the policy wants to measure.
  std::size_t measured_count_ ASIOFILE_GUARDED_BY(service_lock) = 0;
};

}  // namespace asiofile::detail
