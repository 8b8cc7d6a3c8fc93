// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/worker_pool.hpp"

#include "engines/operation_place.hpp"
#include "system/interrupt_signal.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace asiofile::detail {

worker_pool::~worker_pool() { stop(); }

int worker_pool::start_one() noexcept {
  const scoped_lock lock(mutex_);
  return workers_.empty() ? add_worker() : 0;
}

// ---- operations

void worker_pool::run(engine_queue& operations) noexcept {
  engine_queue cancelled;
  engine_queue refused;
  int error = 0;
  {
    const scoped_lock lock(mutex_);
    while (!operations.empty()) {
      operation& next = take_front(operations);
      if (is_stopping_ || (is_cancelled(next) && !must_run_again(next))) cancelled.push_back(next);
      else queue_.push(next);
    }
    error = staff();
    // Nothing would ever run them.
    if (error != 0 && workers_.empty()) end_waiting(refused);
  }
  tell_over(cancelled, -ECANCELED);
  while (!refused.empty()) {
    operation& next = take_front(refused);
    if (!client_.run_here(next)) next.result = -error;
    client_.over(next, 0);
  }
}

void worker_pool::cancel(operation& which) noexcept {
  engine_queue ended;
  {
    const scoped_lock lock(mutex_);
    const operation_place place = place_of(which);
    switch (place) {
      case operation_place::queued:
      case operation_place::queued_quick:
        if (must_run_again(which)) break;
        queue_.remove(which);
        has_queued_.store(!queue_.empty(), std::memory_order_relaxed);
        ended.push_back(which);
        break;
      case operation_place::resting:
        remove(resting_, which);
        if (must_run_again(which)) {
          queue_.push(which);
          static_cast<void>(staff());
        } else {
          set_place(which, operation_place::nowhere);
          ended.push_back(which);
        }
        break;
      case operation_place::running:
        for (worker& each : workers_) {
          if (each.current == &which) interrupt(each);
        }
        static_cast<void>(watchman_.call(watchman::round::around));
        break;
      default: break;
    }
  }
  tell_over(ended, -ECANCELED);
}

void worker_pool::tell_over(engine_queue& ended, std::int64_t result) noexcept {
  while (!ended.empty()) {
    operation& next = take_front(ended);
    next.result = result;
    client_.over(next, 0);
  }
}

// Takes all that no worker has.
void worker_pool::end_waiting(engine_queue& ended) noexcept {
  queue_.take_all(ended);
  for (operation& each : resting_) set_place(each, operation_place::nowhere);
  append(ended, resting_);
  has_queued_.store(false, std::memory_order_relaxed);
}

bool worker_pool::has_quick() noexcept {
  const scoped_lock lock(mutex_);
  return queue_.has_quick();
}

// ---- workers

// Makes sure that there is a worker for everything that one could do now. One that was called but
// has not woken up yet counts.
int worker_pool::staff() noexcept {
  has_queued_.store(!queue_.empty(), std::memory_order_relaxed);
  if (queue_.needs_watching() && !watchman_.call(watchman::round::lane)) queue_.set_lane(false);
  const std::size_t wanted = queue_.demand();
  for (; called_count_ < wanted && asleep_count_ > called_count_; ++called_count_)
    work_available_.notify_one();
  while (called_count_ < wanted && workers_.size() < options_.worker_count_max) {
    // If it fails, the existing workers will do it.
    if (const int error = add_worker()) return error;
  }
  return 0;
}

int worker_pool::add_worker() noexcept {
  try {
    workers_.emplace_back();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
  worker& added = workers_.back();
  added.pool = this;
  const auto run = [](void* self) {
    auto* const its = static_cast<worker*>(self);
    its->pool->work(*its);
  };
  const int error = options_.start(added.thread, run, &added);
  if (error != 0) {
    workers_.pop_back();
    return error;
  }
  ++called_count_;
  // As threads can be started now, there may be a watchman, too.
  queue_.set_lane(true);
  return 0;
}

void worker_pool::arrive() noexcept {
  if (called_count_ != 0) --called_count_;
}

void worker_pool::work(worker& self) noexcept {
  allow_interrupts(options_.interrupt_signal);
  {
    const scoped_lock lock(mutex_);
    arrive();
  }
  operation* next = wait_for_work(self);
  while (next != nullptr) {
    next = after(self, *next, client_.run(*next, self.priority));
    if (next == nullptr) next = wait_for_work(self);
  }
}

// Returns null when it is time to end.
operation* worker_pool::wait_for_work(worker& self) noexcept {
  scoped_lock lock(mutex_);
  bool may_spin = true;
  while (!is_stopping_) {
    if (operation* const taken = take(self)) return taken;
    if (may_spin && queue_.holds_lane(self.ticket) && !is_spinning_) {
      may_spin = false;
      is_spinning_ = true;
      lock.unlock();
      for_more_.spin_until([this] { return has_queued_.load(std::memory_order_relaxed); });
      lock.lock();
      is_spinning_ = false;
      continue;
    }
    queue_.leave_lane(self.ticket);
    ++asleep_count_;
    work_available_.wait(lock.native());
    --asleep_count_;
    arrive();
  }
  return nullptr;
}

operation* worker_pool::take(worker& self) noexcept {
  const bool held_lane = queue_.holds_lane(self.ticket);
  operation* const taken = queue_.take(self.ticket);
  if (taken == nullptr) return nullptr;
  set_place(*taken, operation_place::running);
  self.current = taken;
  has_queued_.store(!queue_.empty(), std::memory_order_relaxed);
  // Another worker must take the lane that this one has left, or the watchman must supervise the
  // lane that it has entered.
  if (held_lane != queue_.holds_lane(self.ticket)) static_cast<void>(staff());
  return taken;
}

// After an operation: records its outcome, and returns the next one, if there is one.
operation* worker_pool::after(worker& self, operation& last, outcome how) noexcept {
  operation* next = nullptr;
  std::size_t to_come = 0;
  bool was_interrupted = false;
  bool must_pause = false;
  {
    const scoped_lock lock(mutex_);
    // With the mutex held: otherwise the watchman could make its round between the call and the
    // operation's rest, find nothing, and sleep.
    must_pause = how == outcome::rest && !watchman_.call(watchman::round::around);
    const bool was_quick = queue_.holds_lane(self.ticket);
    self.current = nullptr;
    set_place(last, operation_place::nowhere);
    how = settle(last, how, must_pause);
    if (!is_stopping_ && !must_pause) next = take(self);
    if (was_quick && queue_.needs_watching()) to_come = queue_.quick_count();
    was_interrupted = std::exchange(self.was_interrupted, false);
    if (is_stopping_) worker_idle_.notify_all();
  }
  if (was_interrupted) absorb_interrupt();
  if (how == outcome::over) client_.over(last, to_come);
  if (how == outcome::passed_on) client_.pass_on(last);
  // Without a watchman a worker has to wait itself.
  if (must_pause) std::this_thread::sleep_for(watchman::long_round);
  return next;
}

// Decides the actual outcome of an operation that has run.
worker_pool::outcome worker_pool::settle(operation& last, outcome how, bool must_pause) noexcept {
  if (how == outcome::over) return how;
  if (is_stopping_) {
    last.result = -ECANCELED;
    return outcome::over;
  }
  if (how == outcome::passed_on) return how;
  if (how == outcome::rest && !must_pause && !is_cancelled(last)) {
    set_place(last, operation_place::resting);
    resting_.push_back(last);
    return how;
  }
  queue_.push(last);
  return outcome::again;
}

// ---- interrupting

void worker_pool::interrupt(worker& which) noexcept {
  if (interrupt_thread(which.thread.native_handle(), options_.interrupt_signal))
    which.was_interrupted = true;
}

void worker_pool::interrupt_all() noexcept {
  for (worker& each : workers_) {
    if (each.current == nullptr) continue;
    if (job* const task = task_of(*each.current)) task->stop();
    mark_cancelled(*each.current);
    interrupt(each);
  }
}

bool worker_pool::is_any_busy() const noexcept {
  return std::ranges::any_of(workers_, [](const worker& each) { return each.current != nullptr; });
}

void worker_pool::stop() noexcept {
  engine_queue ended;
  std::list<worker> workers;
  {
    scoped_lock lock(mutex_);
    is_stopping_ = true;
    end_waiting(ended);
    while (is_any_busy()) {
      interrupt_all();
      worker_idle_.wait_for(lock.native(), watchman::long_round);
    }
    work_available_.notify_all();
    workers.swap(workers_);
  }
  watchman_.stop();
  for (worker& each : workers) each.thread.join();
  tell_over(ended, -ECANCELED);
}

// ---- the watchman's looks

bool worker_pool::look_at_lane() noexcept {
  // Announces completions that earlier quick operations have left unannounced.
  client_.tick();
  const scoped_lock lock(mutex_);
  if (queue_.tick()) static_cast<void>(staff());
  return queue_.needs_watching();
}

bool worker_pool::look_around() noexcept {
  const scoped_lock lock(mutex_);
  engine_queue resting;
  resting.swap(resting_);
  while (!resting.empty()) {
    operation& next = take_front(resting);
    if (has_rested(next)) queue_.push(next);
    else resting_.push_back(next);
  }
  if (!queue_.empty()) static_cast<void>(staff());
  bool is_needed = !resting_.empty();
  for (worker& each : workers_) {
    if (each.current == nullptr || !is_cancelled(*each.current)) continue;
    interrupt(each);
    is_needed = true;
  }
  return is_needed;
}

}  // namespace asiofile::detail
