// The exchange with the engines: which operations go where, and what becomes of those that come back.

#include "service/service_core.hpp"

#include "operations/completion.hpp"
#include "system/posix_calls.hpp"

#include <cerrno>
#include <cstdint>
#include <utility>

namespace asiofile::detail {

namespace {

// The engines are given at most so many bytes at a time: cached data is copied there and then.
constexpr std::uint64_t bytes_per_submission_max = 2 * 1024 * 1024;

}  // namespace

// Gives the engines what waits and takes back what is over, until there is a handler to call or
// nothing to do. Leaves at once if another thread is at it: that one looks again before it leaves.
void service_core::exchange(mutex_lock& lock, until end) {
  if (is_exchanging_ || !router_.is_set_up()) return;
  is_exchanging_ = true;
  for (;;) {
    router::batches batches;
    operation_queue for_now;
    take_waiting(batches, for_now);
    cancel_queue cancels;
    cancels.swap(cancels_);
    for (operation& each : cancels) each.cancel_queued = false;
    const bool was_watching = std::exchange(is_watching_, false);
    lock.unlock();

    if (was_watching) router_.watch(false);
    router_.submit(batches);
    while (!cancels.empty()) {
      operation& cancelled = cancels.front();
      cancels.pop_front();
      router_.cancel(cancelled);
    }
    std::uint64_t misses = 0;
    operation_queue returned;
    operation_queue done = do_at_once(for_now, returned, misses);
    router_.reap(returned);

    lock.lock();
    counters_.count_at_once_misses(misses);
    finish_done(done);
    hand_back(returned);
    if (can_submit() || !cancels_.empty()) {
      if (finished_.empty() || end == until::quiet) continue;
      break;
    }
    if (!finished_.empty() && end == until::something_finished) break;
    if (in_engines_ == 0) {
      end_wait();
      break;
    }
    if (wait_ == wait_state::none) {
      wait_ = wait_state::armed;
      gate_->start_wait(*this);
    }
    is_watching_ = true;
    lock.unlock();
    const bool is_more = router_.watch(true);
    lock.lock();
    // In the meantime the wait may have ended, or a synchronous function have lowered the signal
    // (`is_watching_`): a thread that came by because of that found this one here and left.
    const bool is_waited_for = wait_ != wait_state::none && is_watching_;
    if (!is_more && !can_submit() && cancels_.empty() && is_waited_for) break;
  }
  is_exchanging_ = false;
  exchange_is_over_.notify_all();
}

// An armed wait is work: without anything in flight it would keep `run()` from returning.
void service_core::end_wait() noexcept {
  if (wait_ != wait_state::armed) return;
  wait_ = wait_state::ending;
  gate_->cancel_wait();
}

// A write by itself takes its sync along: one submission less. Several do better with one sync for all,
// into memory as with O_DIRECT.
void service_core::prepare_sync(operation& next) noexcept {
  const file_operations& others = next.file->operations;
  const bool is_alone =
      &others.front() == &others.back() && next.file->descriptor->syncing == nullptr;
  next.links_sync = !is_sync_left(next) && is_alone;
  if (is_sync_left(next)) shared_syncs_.begin(next);
}

// Does what can be done without waiting, and gives the rest to the engines; `misses` counts those.
// Returns what is over.
operation_queue service_core::do_at_once(operation_queue& candidates, operation_queue& returned,
                                         std::uint64_t& misses) noexcept {
  operation_queue over;
  router::batches others;
  while (!candidates.empty()) {
    operation& next = take_front(candidates);
    const bool is_hit = next.file->at_once.attempt(next);
    next.prefers_threads = next.file->at_once.needs_thread(next);
    misses += is_hit ? 0 : 1;
    if (is_hit)
      (next.sync == sync_after::none ? over : returned).push_back(next);
    else
      router_.put(next, others);
  }
  router_.submit(others);
  return over;
}

void service_core::finish_done(operation_queue& over) noexcept {
  while (!over.empty()) {
    --in_engines_;
    counters_.count_at_once_hit();
    finish(take_front(over));
  }
}

// `for_now`: those that are tried without an engine first.
void service_core::take_waiting(router::batches& batches, operation_queue& for_now) {
  if (!can_submit()) return;
  router_.begin_turn();
  counters_.count_batch();
  std::uint64_t bytes = 0;
  while (can_submit() && bytes < bytes_per_submission_max) {
    operation& next = take_front(waiting_);
    if (next.sync != sync_after::none && next.kind == operation_kind::write) prepare_sync(next);
    next.prefers_threads = next.file->at_once.needs_thread(next);
    if (!router_.route(next, batches)) {
      if (next.result == 0) next.result = -EOPNOTSUPP;
      finish(next);
      continue;
    }
    if (next.kind == operation_kind::close) {
      leave_position(*next.file);
      const bool is_shared = next.file->descriptor.use_count() > 1;
      next.keeps_open = is_shared || !next.file->descriptor->is_owned() || next.fd == -1;
      if (next.keeps_open && next.sync == sync_after::none) {
        // Not ours to close, or not the last user: letting go is all.
        remove(batches[next.engine_index], next);
        next.file->descriptor.reset();
        finish(next);
        continue;
      }
      if (!next.keeps_open) next.file->descriptor->release();
    }
    if (next.file->at_once.wants(next) && !router_.may_signal(next)) {
      remove(batches[next.engine_index], next);
      for_now.push_back(next);
    }
    next.stage = operation_stage::in_engine;
    ++in_engines_;
    counters_.count_submission(router_.engine_of(next));
    if (next.kind == operation_kind::read || next.kind == operation_kind::write)
      bytes += next.remaining();
  }
}

void service_core::hand_back(operation_queue& returned) {
  while (!returned.empty()) {
    operation& back = take_front(returned);
    --in_engines_;
    const verdict judged = judge(back, router_.has_another(back));
    if (judged == verdict::over || back.cancel_requested) {
      if (judged != verdict::over) back.result = -ECANCELED;
      finish(back);
      continue;
    }
    if (back.kind == operation_kind::write && is_sync_left(back) && !shared_syncs_.join(back))
      continue;
    if (judged == verdict::elsewhere) {
      counters_.count_fallback(router_.engine_of(back), back.result);
      back.refused_by = static_cast<std::uint8_t>(back.refused_by | 1U << back.engine_index);
    }
    back.stage = operation_stage::waiting;
    waiting_.push_front(back);
  }
}

// The result stands. From here on the operation cannot be cancelled, and its file does not wait
// for it.
void service_core::finish(operation& over) noexcept {
  over.stage = operation_stage::finished;
  if (over.kind == operation_kind::write && over.sync != sync_after::none) end_sync(over);
  if (over.cancel_queued) {
    cancels_.erase(cancel_queue::s_iterator_to(over));
    over.cancel_queued = false;
  }
  if (over.ticket.index != cancellation_ticket::none) tickets_.take_back(over.ticket);
  counters_.count_result(over);
  open_file& file = *over.file;
  file.operations.erase(file_operations::s_iterator_to(over));
  if (over.kind == operation_kind::open) settle_open(over);
  if (over.is_at_position) resume_queued(file.order.leave(over));
  nudge();
  finished_.push_back(over);
  if (file.closer != nullptr && file.operations.empty()) {
    operation& closer = *std::exchange(file.closer, nullptr);
    remove(parked_, closer);
    file.operations.push_back(closer);
    waiting_.push_back(closer);
  }
}

// It may have synced for others.
void service_core::end_sync(operation& over) noexcept {
  operation_queue covered;
  if (operation* const next = shared_syncs_.end(over, covered)) {
    next->stage = operation_stage::waiting;
    waiting_.push_front(*next);
  }
  while (!covered.empty()) finish(take_front(covered));
}

void service_core::settle_open(operation& over) noexcept {
  open_file& file = *over.file;
  const bool is_wanted = file.status == open_state::opening;
  const turns_held held(turns_);
  file.status = open_state::closed;
  if (over.result < 0) return;
  const int fd = static_cast<int>(over.result);
  if (is_wanted && file.descriptor->adopt(fd, ownership::owned, over.open_flags)) {
    file.status = open_state::open;
    return;
  }
  // Closed or cancelled while it was being opened.
  close_descriptor(fd);
  over.result = -ECANCELED;
}

}  // namespace asiofile::detail
