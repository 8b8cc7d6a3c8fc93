// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Dispatch passes, which the context runs: they submit to the engines, reap, and call handlers.

#include "operations/completion.hpp"
#include "operations/speculation.hpp"
#include "service/service_core.hpp"
#include "system/file_look.hpp"

#include <utility>

namespace asiofile::detail {

namespace {

// An executor may keep a handler's exception to itself until the function that it was dispatched
// from has returned (io_context does): the pass must then end, for the exception to leave `run()`
// where it was thrown.
thread_local bool handler_has_thrown = false;

// A thread that waits for operations polls the engines at least this often.
constexpr int look_again_milliseconds = 10;

}  // namespace

void note_thrown_handler() noexcept { handler_has_thrown = true; }

void run_posted_pass(service_core& core) { core.run_posted_pass(); }
void run_waited_pass(service_core& core) { core.run_waited_pass(); }

// Whether there is something for a pass to do or check before an engine sets the notifier.
bool service_core::needs_pass() const noexcept {
  if (!dispatcher_.empty() || pipeline_.has_candidates()) return true;
  // The thread that has the engines checks again when it leaves them.
  if (pipeline_.is_owned()) return false;
  if (pipeline_.has_to_do()) return true;
  return pipeline_.is_busy() ? !link_.is_parked() : link_.is_waiting();
}

void service_core::ensure_pass() {
  if (is_running() && needs_pass()) link_.schedule(*this);
}

// The scope of a pass, even if an exception ends it.
class service_core::pass {
 public:
  pass(service_core& core, core_lock& lock) noexcept ASIOFILE_NO_ANALYSIS : core_(core),
                                                                            lock_(lock) {
    ++core_.passes_;
  }
  pass(const pass&) = delete;
  pass& operator=(const pass&) = delete;
  ~pass() ASIOFILE_NO_ANALYSIS {
    --core_.passes_;
    if (!core_.is_running()) return;
    core_.ensure_pass();  // look again: L4
    if (core_.outstanding_ == 0) core_.link_.set_work(false);
    core_.close_unused(lock_);
  }

 private:
  service_core& core_;
  core_lock& lock_;
};

void service_core::run_posted_pass() {
  core_lock lock(mutex_);
  const pass self(*this, lock);
  link_.posted_pass_begins();
  // It was scheduled in case no other thread continued the work; another one did.
  if (is_running() && needs_pass()) dispatch(lock);
}

void service_core::run_waited_pass() {
  core_lock lock(mutex_);
  const pass self(*this, lock);
  link_.waited_pass_begins();
  if (is_running()) dispatch(lock);
}

void service_core::dispatch(core_lock& lock) {
  pass_budget budget;
  std::size_t half_done = dispatcher_.size() / 2;
  const bool can_be_stopped = link_.can_post();
  // Poll the engines even when handlers are pending, so that inline completions cannot starve them.
  bool is_due = dispatcher_.empty() || pipeline_.is_busy() || pipeline_.has_to_do();
  while (is_running() && !budget.is_spent()) {
    // A handler has stopped the context.
    if (can_be_stopped && !budget.is_untouched() && link_.is_stopped()) return;
    operation* next = nullptr;
    if (is_due) {
      next = work_alone(lock);
      if (next == nullptr) work(lock, until::something_completed);
      if (!is_running()) return;
      half_done = budget.handlers() + dispatcher_.size() / 2;
    }
    if (next == nullptr) next = dispatcher_.take();
    if (next == nullptr) return;
    budget.spend(next->is_transfer() ? as_transfer(*next).transferred : 0);
    call_handler(*next, lock);
    if (handler_has_thrown) return;
    // When half of the handlers have been called, the device has about as much left to do as this
    // thread.
    is_due = dispatcher_.empty() || (budget.handlers() >= half_done && pipeline_.has_to_do());
  }
}

inline void service_core::call_handler(operation& over, core_lock& lock) {
  const bool is_traced = options_.trace && is_counted(over);
  if (is_counted(over)) {
    --outstanding_;
    counters_.count_completion();
  }
  // Before the handler is called: it may run for a second, throw, or block on another operation,
  // and another thread of the context continues the work.
  if (!link_.is_scheduled()) ensure_pass();  // look again: L5
  handler_has_thrown = false;
  const lock_released meanwhile(lock);
  if (is_traced) [[unlikely]]
    trace_end(over);
  over.storage().complete(result_of(over));
}

// The same as `work`, if there is only one operation to try. Returns it where its handler is next.
[[gnu::always_inline]] inline operation* service_core::work_alone(core_lock& lock) {
  if (!dispatcher_.empty() || pipeline_.is_busy()) return nullptr;
  operation* const only = pipeline_.speculate_alone(lock);
  if (only == nullptr) {
    // It may have been cancelled meanwhile.
    settle();
    return nullptr;
  }
  operation_queue resumed;
  leave_file(*only, resumed);
  if (!is_empty(pipeline_.over())) settle();
  if (has_listeners()) tell_of_change();  // look again: L10
  if (is_running()) {
    move_to(*only, operation_stage::delivered);
    return only;
  }
  dispatcher_.add(*only);
  return nullptr;
}

// Tries what need not wait, submits what waits and reaps what has completed, until there is a
// handler to call or nothing to do. If another thread owns the engines it leaves them to that
// thread, which looks again before it gives them up.
void service_core::work(core_lock& lock, until end) {
  if (pipeline_.is_owned()) {
    while (dispatcher_.empty() && pipeline_.speculate(lock, tried_max())) settle();
    tell_of_change();  // look again: L10
    return;
  }
  pipeline_.own();
  while (is_running()) {
    pipeline_.speculate(lock, tried_max());
    settle();
    const bool is_enough = !dispatcher_.empty() && end == until::something_completed;
    if (is_enough && !pipeline_.has_for_engines() && !pipeline_.is_busy()) break;
    pipeline_.submit_and_reap(lock, link_.unpark());
    settle();
    if (pipeline_.has_to_do()) {
      if (dispatcher_.empty() || end == until::nothing_to_do) continue;
      break;
    }
    if (!dispatcher_.empty() && end == until::something_completed) break;
    if (!pipeline_.is_busy()) {
      link_.end_wait();
      break;
    }
    if (link_.set_up_notifier() != 0) {
      // In a forked child without a descriptor, where only closes get this far: look again
      // immediately.
      if (link_.can_post()) link_.schedule(*this);
      break;
    }
    link_.park(*this);
    const bool is_over = pipeline_.notify(lock);  // look again: L1
    // Look again: meanwhile others may have added something and left it to this thread (L2), or the
    // wait have ended, or a synchronous function reset the notifier (L3).
    if (!is_over && !pipeline_.has_to_do() && link_.is_parked()) break;
  }
  pipeline_.disown();
  tell_of_change();  // look again: L11
}

void service_core::wait_for_change() {
  ++sleepers_;
  changed_->wait(mutex_);
  --sleepers_;
}

// Checked first, because reporting it costs a large part of an operation.
void service_core::tell_of_change() noexcept {
  if (sleepers_ != 0) changed_->notify_all();
  if (!is_waited_for_ || is_waiter_notified_ || !waiter_notifier_.is_open()) return;
  is_waiter_notified_ = true;
  waiter_notifier_.set();
}

// Completed operations leave their file, which may allow others to begin, and go to the dispatcher.
// The caller reports the change.
void service_core::settle() noexcept {
  operation_queue& over = pipeline_.over();
  if (is_empty(over)) return;
  std::size_t count = 0;
  operation_queue resumed;
  // A resumed operation may have completed already; then it is appended to the list.
  for (operation& next : over) {
    ++count;
    leave_file(next, resumed);
  }
  dispatcher_.add_all(over, count);
}

// `resumed`: empty, before and afterwards.
[[gnu::always_inline]] inline void service_core::leave_file(operation& over,
                                                            operation_queue& resumed) noexcept {
  handles_.withdraw(over);
  if (over.kind() == operation_kind::open) leave_opened(static_cast<open_operation&>(over));
  files_.leave(over, resumed);
  while (!is_empty(resumed)) {
    operation& its = take_front(resumed);
    // The entry of a synchronous function, whose thread the caller wakes.
    if (!its.is_transfer() || !as_transfer(its).is_placeholder) resume(its);
  }
}

// Out of line: few operations are opens.
[[gnu::noinline]] void service_core::leave_opened(open_operation& over) noexcept {
  if (over.was_regular && over.result >= 0 && over.path != nullptr) recent_.note(over.path);
  if (!file_registry::end_open(over)) over.result = -ECANCELED;
}

// ---- synchronous functions that wait for operations

void service_core::wait_until(core_lock& lock, const std::function<bool()>& is_met) {
  while (!is_met() && state_ != state::ended) {
    // The thread that waits for the engines notices completions, but not operations that are
    // started or cancelled: this thread must submit those.
    const bool is_left_to_waiter = is_waited_for_ && !pipeline_.has_to_do();  // look again: L13
    if (state_ == state::draining || pipeline_.is_owned() || is_left_to_waiter) {
      wait_for_change();
      continue;
    }
    work(lock, until::nothing_to_do);
    if (is_met()) break;
    // Completed operations of others must not wait for this one, which may depend on their
    // handlers.
    ensure_pass();  // look again: L6
    // Shutdown waits for threads that poll.
    if (is_running() && !is_waited_for_) wait_for_engines(lock);
  }
  ensure_pass();  // look again: L7
}

void service_core::wait_for_engines(core_lock& lock) {
  is_waited_for_ = true;
  // If it cannot be opened (no descriptors), the time-out suffices.
  static_cast<void>(waiter_notifier_.open());
  {
    const lock_released meanwhile(lock);
    link_.completions().wait(look_again_milliseconds, &waiter_notifier_);
  }
  is_waited_for_ = false;
  if (std::exchange(is_waiter_notified_, false)) waiter_notifier_.reset();
  tell_of_change();  // look again: L12
  // It may have been set for others' operations, and the reactor does not see it any more: until
  // this thread or a pass has looked at the engines, they are not parked.
  if (is_running()) link_.reset_for_waiter();
}

// ---- closing what nobody uses

void service_core::close_unused(core_lock& lock) noexcept {
  while (files_.has_unused()) {
    openings unused;
    files_.take_unused(unused);
    const bool has_workers = is_running() && !is_forked_copy();
    holds_ += has_workers ? 1 : 0;
    {
      const lock_released meanwhile(lock);
      while (!unused.empty()) {
        std::unique_ptr<opening> each(&unused.front());
        unused.pop_front();
        dispose(std::move(each), has_workers);
      }
    }
    holds_ -= has_workers ? 1 : 0;
    tell_of_change();
  }
}

void service_core::drop_on_worker(std::shared_ptr<void> unused) noexcept {
  // In a forked copy the mutex may be held forever, and there is no worker.
  if (!unused || is_forked_copy()) return;
  // If the context is being destroyed, this thread drops it.
  if (!hold()) return;
  engines_.close_on_worker(std::move(unused));
  release();
}

// Closes a descriptor that nobody uses any more, on this thread if that does not wait: the file is
// local, has a name or is small. Otherwise a worker closes it.
void service_core::dispose(std::unique_ptr<opening> unused, bool has_workers) noexcept {
  // Another user closes it, or it is closed already.
  if (!unused->descriptor || !descriptor::is_only(unused->descriptor)) return;
  descriptor& its = *unused->descriptor;
  if (its.fd() == -1 || !its.is_owned()) return;
  if (has_workers && (engines_.may_hold_files() || !closes_quickly(unused->facts)))
    return engines_.close_on_worker(std::move(unused));
  its.close();
}

}  // namespace asiofile::detail
