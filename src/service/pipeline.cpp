// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/pipeline.hpp"

#include "engines/operation_place.hpp"
#include "operations/completion.hpp"
#include "operations/run_blocking.hpp"
#include "operations/speculation.hpp"
#include "service/file_registry.hpp"
#include "service/group_commit.hpp"
#include "service/opening.hpp"

#include <algorithm>
#include <cerrno>

namespace asiofile::detail {

namespace {

// The most bytes that engines are given, or that are tried, at a time: cached data is copied
// immediately.
constexpr std::uint64_t bytes_per_batch_max = 2 * 1024 * 1024;

// Reads and writes of a stream wait for a peer, perhaps forever, and not for a device. So may a
// job, whether it runs a function or an open: only the number of threads limits those. A lock waits
// for its holder.
bool counts_in_flight(operation& which) noexcept {
  if (which.is_transfer()) return !which.facts().is_stream;
  return task_of(which) == nullptr && which.kind() != operation_kind::lock;
}

std::uint64_t bytes_of(const operation& which) noexcept {
  return which.is_transfer() ? as_transfer(which).remaining() : 0;
}

using clock = std::chrono::steady_clock;

}  // namespace

// ---- operations

void pipeline::note_failures_before(operation& next) noexcept {
  if (next.is_sync()) {
    static_cast<sync_operation&>(next).failures_before = next.target->commits->failures();
    return;
  }
  transfer_operation& its = as_transfer(next);
  if (is_durable(its)) its.failures_before = its.target->commits->failures();
  if (its.sync == sync_after::none) return;
  const group_commit& commits = *its.target->commits;
  its.failures_before = commits.failures();
  its.links_sync = !is_sync_left(its) && commits.is_single();
}

void pipeline::end(operation& next) noexcept {
  if (next.stage() == operation_stage::initiating || next.stage() == operation_stage::parked)
    move_to(next, operation_stage::waiting);
  finish(next);
}

void pipeline::cancel(operation& which) noexcept {
  // What is closed stays closed.
  if (which.cancel_requested || which.kind() == operation_kind::close) return;
  switch (which.stage()) {
    case operation_stage::waiting:
    case operation_stage::grouped:
    case operation_stage::sequenced:
      // From whichever list it is in; lists without a count are not affected.
      remove(waiting_, which);
      break;
    case operation_stage::speculating: which.cancel_requested = true; return;
    case operation_stage::in_engine:
      which.cancel_requested = which.cancel_is_due = true;
      cancelling_.push_back(which);
      return;
    case operation_stage::initiating:
    case operation_stage::parked:
    case operation_stage::completed:
    case operation_stage::delivered: return;
  }
  which.cancel_requested = true;
  which.result = -ECANCELED;
  finish(which);
}

inline void pipeline::complete(operation& over) noexcept {
  move_to(over, operation_stage::completed);
  counters_.count_result(over);
}

// The result is final.
inline void pipeline::finish(operation& over) noexcept {
  complete(over);
  over_.push_back(over);
  if (is_chain(over)) end_chain(as_transfer(over));
}

// Its sync may have covered others.
void pipeline::end_chain(transfer_operation& over) noexcept {
  operation_queue covered;
  if (transfer_operation* const leader = over.target->commits->end(over, covered)) {
    move_to(*leader, operation_stage::waiting);
    waiting_.push_front(*leader);
  }
  while (!covered.empty()) finish(take_front(covered));
}

// ---- without an engine

// What one pass tries together: no other thread touches its list meanwhile.
struct pipeline::trial {
  operation_queue operations;
  std::size_t count = 0;
  std::size_t read_count = 0;
  bool have_all_succeeded = true;
  bool is_measured = false;
};

// Decides once for all that are waiting.
inline void pipeline::take_candidates(trial& into, std::size_t at_most) noexcept {
  std::uint64_t bytes = 0;
  auto next = candidates_.begin();
  for (; next != candidates_.end(); ++next) {
    if (into.count == at_most || bytes >= bytes_per_batch_max) break;
    move_to(*next, operation_stage::speculating);
    bytes += bytes_of(*next);
    into.read_count += next->kind() == operation_kind::read ? 1 : 0;
    ++into.count;
  }
  into.operations.splice(into.operations.end(), candidates_, candidates_.begin(), next);
  bool are_for_engine = false;
  if (into.read_count != 0 && engines_.completes_cached_reads()) {
    const batch_policy::choice chosen = policy_.choose(into.read_count);
    // While another thread has the engines, this thread tries as many itself.
    are_for_engine = chosen.taken == batch_policy::way::engine && !is_owned_;
    into.is_measured = chosen.is_measured && into.read_count == into.count;
    if (are_for_engine && into.is_measured) measured_count_ = into.count;
  }
  if (are_for_engine || into.read_count != into.count) leave_to_engines(into, are_for_engine);
}

// Removes what an engine does better.
void pipeline::leave_to_engines(trial& from, bool are_reads) noexcept {
  for (auto each = from.operations.begin(); each != from.operations.end();) {
    operation& next = *each++;
    const bool is_for_engine =
        (are_reads && next.kind() == operation_kind::read) || engines_.may_signal(next);
    if (!is_for_engine) continue;
    remove(from.operations, next);
    --from.count;
    move_to(next, operation_stage::waiting);
    waiting_.push_back(next);
  }
}

bool pipeline::speculate(core_lock& lock, std::size_t at_most) {
  if (is_empty(candidates_)) return false;
  engines_.begin_batch();
  trial tried;
  take_candidates(tried, at_most);
  if (tried.count == 0) return true;
  ++speculating_threads_;
  clock::duration duration{};
  {
    const lock_released meanwhile(lock);
    const clock::time_point start = tried.is_measured ? clock::now() : clock::time_point();
    for (operation& each : tried.operations) {
      each.has_succeeded = try_without_waiting(each);
      tried.have_all_succeeded &= each.has_succeeded;
    }
    if (tried.is_measured) duration = clock::now() - start;
  }
  --speculating_threads_;
  counters_.count_batch();
  if (tried.is_measured && tried.have_all_succeeded)
    policy_.learn(tried.count, batch_policy::way::speculative, duration);
  take_tried(tried.operations);
  return true;
}

inline void pipeline::take_tried(operation_queue& tried) noexcept {
  // Counted for the engine that would have run them.
  const engine_index usual = engines_.usual_engine();
  for (auto next = tried.begin(); next != tried.end();) {
    operation& each = *next++;
    if (note_tried(each, each.has_succeeded, usual)) continue;
    remove(tried, each);
    go_on(each);
  }
  append(over_, tried);
}

// Returns whether the operation has completed.
inline bool pipeline::note_tried(operation& tried, bool has_succeeded,
                                 engine_index usual) noexcept {
  learn_from_try(tried, has_succeeded);
  counters_.count_try(tried, has_succeeded);
  if (!has_succeeded) return false;
  tried.engine = usual;
  counters_.count_submission(engines_.name_of(usual));
  if (tried.concerns_others && is_chain(tried)) [[unlikely]] {
    // The data is written; its sync is still to come.
    advance(as_transfer(tried), static_cast<std::uint64_t>(tried.result));
    return false;
  }
  complete(tried);
  return true;
}

operation* pipeline::speculate_alone(core_lock& lock) {
  if (is_empty(candidates_) || &candidates_.front() != &candidates_.back()) return nullptr;
  operation& only = candidates_.front();
  engines_.begin_batch();
  if (engines_.may_signal(only)) return nullptr;
  candidates_.pop_front();
  move_to(only, operation_stage::speculating);
  ++speculating_threads_;
  bool has_succeeded = false;
  {
    const lock_released meanwhile(lock);
    has_succeeded = try_without_waiting(only);
  }
  --speculating_threads_;
  counters_.count_batch();
  if (note_tried(only, has_succeeded, engines_.usual_engine())) return &only;
  go_on(only);
  return nullptr;
}

// For an operation that has not completed.
void pipeline::go_on(operation& back) noexcept {
  if (!back.cancel_requested) return resubmit(back);
  back.result = -ECANCELED;
  finish(back);
}

// ---- with the engines

std::size_t pipeline::in_flight_limit() const noexcept {
  return std::min(in_flight_max_, engines_.capacity());
}

void pipeline::own() noexcept { is_owned_ = true; }
void pipeline::disown() noexcept { is_owned_ = false; }

// Moves waiting operations to the batches of the engines that are to run them. Returns how many.
std::size_t pipeline::take_batch(engine_set::batches& into) noexcept {
  if (!can_submit()) return 0;
  engines_.begin_batch();
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  while (can_submit() && bytes < bytes_per_batch_max) {
    operation& next = take_front(waiting_);
    if (next.is_transfer()) {
      transfer_operation& its = as_transfer(next);
      its.prefers_worker = prefers_worker(its);
      if (is_sync_left(its)) its.target->commits->begin(its);
    }
    const engine_index engine = engines_.route(next);
    if (engine == no_engine) {
      if (next.result >= 0) next.result = -engines_.refusal();
      // In a child without memory for engines. A descriptor must be closed even so.
      if (next.kind() == operation_kind::close)
        next.result = run_blocking(next, *next.facts().system);
      finish(next);
      continue;
    }
    next.engine = engine;
    move_to(next, operation_stage::in_engine);
    ++in_engines_;
    in_flight_ += counts_in_flight(next) ? 1 : 0;
    counters_.count_submission(engines_.name_of(engine));
    into[engine].push_back(next);
    bytes += bytes_of(next);
    ++count;
  }
  counters_.count_batch();
  return count;
}

void pipeline::submit_and_reap(core_lock& lock, bool is_parked) {
  engine_set::batches batches;
  const std::size_t count = take_batch(batches);
  operation_queue cancels;
  cancels.swap(cancelling_);
  for (operation& each : cancels) each.cancel_is_due = false;
  const bool is_measured = measured_count_ != 0 && count == measured_count_ && in_flight_ == count;
  measured_count_ = 0;
  engine_queue returned;
  clock::duration duration{};
  {
    const lock_released meanwhile(lock);
    const clock::time_point start = is_measured ? clock::now() : clock::time_point();
    if (is_parked) engines_.notify(false);
    if (count != 0) engines_.submit(batches);
    for (operation& each : cancels) engines_.cancel(each);
    engines_.reap(returned);
    if (is_measured) duration = clock::now() - start;
  }
  while (!returned.empty()) take_back(take_front(returned));
  if (is_measured && in_flight_ == 0) policy_.learn(count, batch_policy::way::engine, duration);
}

void pipeline::reap() noexcept {
  engine_queue returned;
  engines_.reap(returned);
  while (!returned.empty()) take_back(take_front(returned));
}

bool pipeline::notify(core_lock& lock) {
  const lock_released meanwhile(lock);
  return engines_.notify(true);
}

void pipeline::leave_engine(operation& back) noexcept {
  if (back.cancel_is_due) [[unlikely]]
    remove(cancelling_, back);
  --in_engines_;
  in_flight_ -= counts_in_flight(back) ? 1 : 0;
}

void pipeline::take_back(operation& back) noexcept {
  leave_engine(back);
  if (back.concerns_others) {
    if (back.is_transfer()) note_flags(as_transfer(back));
    note_sync(back);
  }
  const verdict judged = judge(back, engines_.has_another(back));
  if (judged == verdict::over) {
    const bool goes_on = back.kind() == operation_kind::close &&
                         file_registry::goes_on_to_close(static_cast<close_operation&>(back));
    return goes_on ? resubmit(back) : finish(back);
  }
  if (judged == verdict::fall_back && !back.cancel_requested) {
    counters_.count_fallback(engines_.name_of(back.engine), back.result);
    back.refused_by = static_cast<std::uint8_t>(back.refused_by | 1U << back.engine);
  }
  go_on(back);
}

// A chain whose data is written has completed for the others at its position: the next one need not
// wait for the sync, and may share it.
void pipeline::leave_position(transfer_operation& written) noexcept {
  if (!written.is_at_position) return;
  transfer_operation* const next = opening_of(written).positions->leave(written);
  // A synchronous function's thread is woken at the end of the pass.
  if (next != nullptr && !next->is_placeholder) add(*next);
}

// Returns it to the queue for an engine. A chain whose data is written joins the others of its
// descriptor.
void pipeline::resubmit(operation& back) noexcept {
  if (is_chain(back) && is_sync_left(as_transfer(back))) {
    leave_position(as_transfer(back));
    if (!back.target->commits->join(as_transfer(back))) return;
  }
  move_to(back, operation_stage::waiting);
  waiting_.push_front(back);
}

// The error of a failed sync applies to all syncs that were in flight on the descriptor, because
// the kernel reports a failed write to only one of them.
void pipeline::note_sync(operation& back) noexcept {
  const auto note = [&](auto& result,
                        std::uint32_t failures_before) ASIOFILE_REQUIRES(service_lock) {
    if (is_sync_failure(result))
      back.target->commits->note_failure(static_cast<int>(-result));
    else if (result == 0)
      result = -back.target->commits->verdict_since(failures_before);
  };
  if (back.is_sync()) {
    note(back.result, static_cast<sync_operation&>(back).failures_before);
  } else if (is_chain(back)) {
    transfer_operation& its = as_transfer(back);
    if (is_sync_left(its))
      note(back.result, its.failures_before);
    else
      note(its.sync_result, its.failures_before);
  }
}

void pipeline::note_flags(transfer_operation& back) noexcept {
  if (back.was_refused_uncached) opening_of(back).set_uncached(false);
  const bool is_untorn = (back.flags & untorn_flag) != 0;
  // The kernel guarantees that this does not happen.
  if (is_untorn && back.result >= 0 &&
      static_cast<std::uint64_t>(back.result) != back.remaining())
    back.result = -EIO;
  if (!is_durable(back)) return;
  group_commit& commits = *back.target->commits;
  if (is_lost_data(back.result))
    commits.note_failure(static_cast<int>(-back.result));
  else if (const int error = commits.verdict_since(back.failures_before);
           back.result >= 0 && error != 0)
    back.result = -error;
}

// ---- at the end, and around a fork

void pipeline::take_waiting(operation_queue& into) noexcept {
  append(into, waiting_);
  append(into, candidates_);
}

void pipeline::drain(core_lock& lock, operation_queue& into) {
  engine_queue returned;
  {
    const lock_released meanwhile(lock);
    engines_.drain(returned);
  }
  while (!returned.empty()) {
    operation& back = take_front(returned);
    leave_engine(back);
    into.push_back(back);
  }
}

void pipeline::abandon(bool is_prepared) noexcept {
  engines_.abandon(is_prepared);
  in_engines_ = in_flight_ = 0;
  speculating_threads_ = 0;
  cancelling_.clear();
}

}  // namespace asiofile::detail
