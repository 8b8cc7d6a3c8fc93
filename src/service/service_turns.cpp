// Turns: what the context runs, which calls the handlers of operations that are over. And the reads that
// handlers start and that are over at once.

#include "service/service_core.hpp"

#include "system/posix_calls.hpp"

#include <cstdint>
#include <mutex>
#include <utility>

namespace asiofile::detail {

namespace {

// One turn calls at most so many handlers, and moves at most so many bytes, before timers and
// sockets of the same context are served.
constexpr unsigned handlers_per_turn_max = 64;
constexpr std::uint64_t bytes_per_turn_max = 4 * 1024 * 1024;

// A turn takes at most so many operations at a time, and leaves the others to other threads.
constexpr unsigned taken_together_max = 16;

// An executor may keep a handler's exception to itself until the function that it was dispatched
// from has returned (io_context does): the turn must then end, for the exception to leave `run()`
// where it was thrown.
thread_local bool handler_has_thrown = false;

// The turn that has called the handler that this thread is in.
thread_local running_turn* turn_of_this_thread = nullptr;

}  // namespace

void note_thrown_handler() noexcept { handler_has_thrown = true; }

void run_posted_turn(service_core& core) { core.run_posted_turn(); }
void run_wait_turn(service_core& core) { core.run_wait_turn(); }

void service_core::schedule_turn() {
  if (turn_is_scheduled_.load(std::memory_order_relaxed) || is_shut_down_) return;
  turn_is_scheduled_.store(true, std::memory_order_relaxed);
  if (gate_->can_post()) {
    gate_->post_turn(*this);
    return;
  }
  turn_is_signalled_ = true;
  signal_->raise();
  if (wait_ == wait_state::none) {
    wait_ = wait_state::armed;
    gate_->start_wait(*this);
  }
}

// Whether there are handlers to be called, here or with a turn that could leave some to another.
bool service_core::has_finished() noexcept {
  if (!finished_.empty()) return true;
  for (running_turn& each : turns_) {
    const std::lock_guard lock(each.mutex);
    if (!each.finished.empty()) return true;
  }
  return false;
}

// Whether nothing needs to be done before an engine raises the signal.
bool service_core::is_settled() noexcept {
  if (can_submit() || !cancels_.empty() || has_finished()) return false;
  if (in_engines_ == 0) return wait_ != wait_state::armed;
  return wait_ == wait_state::armed && is_watching_;
}

// The turn that has called the handler which this thread is in; null where none of this service has.
inline running_turn* service_core::own_turn() const noexcept {
  running_turn* const innermost = turn_of_this_thread;
  return innermost != nullptr && &innermost->service == this ? innermost : nullptr;
}

// Whether this thread runs it.
bool service_core::is_own(const running_turn& turn) noexcept {
  const running_turn* own = turn_of_this_thread;
  while (own != nullptr && own != &turn) own = own->outer;
  return own != nullptr;
}

// A turn from its beginning to its end, however that comes.
class service_core::turn_scope {
 public:
  turn_scope(service_core& core, mutex_lock& lock) noexcept : core_(core), lock_(lock), turn_(core) {
    turn_.outer = std::exchange(turn_of_this_thread, &turn_);
    core_.turns_.push_back(turn_);
  }
  turn_scope(const turn_scope&) = delete;
  turn_scope& operator=(const turn_scope&) = delete;
  ~turn_scope() {
    turn_of_this_thread = turn_.outer;
    // A handler has thrown.
    if (!lock_.owns_lock()) lock_.lock();
    core_.give_back(turn_);
    core_.tell_of_work();
    if (core_.is_shut_down_) core_.drop_finished(lock_);
  }

  [[nodiscard]] running_turn& turn() noexcept { return turn_; }

 private:
  service_core& core_;
  mutex_lock& lock_;
  running_turn turn_;
};

// What a turn leaves behind.
void service_core::give_back(running_turn& over) noexcept {
  turns_.erase(running_turns::s_iterator_to(over));
  counters_.add(over.counts, router_.buffered_reads());
  for (const operation& each : over.finished) outstanding_ += is_outstanding(each) ? 1 : 0;
  append(finished_, over.finished);
}

// The context, whether it has work. While a turn is under way it has.
void service_core::tell_of_work() noexcept {
  const bool has_work = outstanding_ != 0;
  if (has_work == has_work_ || is_shut_down_) return;
  has_work_ = has_work;
  if (has_work)
    gate_->begin_work();
  else
    gate_->end_work();
}

void service_core::run_posted_turn() {
  mutex_lock lock(mutex_);
  turn_scope scope(*this, lock);
  turn_is_scheduled_.store(false, std::memory_order_relaxed);
  // Scheduled in case that somebody else could not go on; somebody did.
  if (!is_settled()) turn(lock, scope.turn());
}

void service_core::run_wait_turn() {
  mutex_lock lock(mutex_);
  turn_scope scope(*this, lock);
  wait_ = wait_state::none;
  if (is_shut_down_) return;
  // Lowered before the engines are looked at: what finishes after that raises it again.
  signal_->lower();
  if (std::exchange(turn_is_signalled_, false))
    turn_is_scheduled_.store(false, std::memory_order_relaxed);
  turn(lock, scope.turn());
}

// What one turn may still do.
struct service_core::turn_budget {
  // The context's own executor is known, which alone can say whether the program has stopped it.
  bool can_be_stopped;
  unsigned calls = 0;
  std::uint64_t bytes = 0;

  [[nodiscard]] bool is_spent() const noexcept {
    return calls == handlers_per_turn_max || bytes >= bytes_per_turn_max;
  }
};

void service_core::turn(mutex_lock& lock, running_turn& self) {
  turn_budget budget{gate_->can_post()};
  std::size_t half_done = 0;
  for (bool is_first = true;; is_first = false) {
    if (is_shut_down_) return;
    // Also where there are handlers to call already: what they start and what is over at once must not
    // keep the engines waiting for ever. With half of them called there is as much to do for a device as
    // there is left to do here meanwhile.
    const bool is_due = is_first && (in_engines_ != 0 || can_submit() || !cancels_.empty());
    const bool is_half_done = can_submit() && budget.calls >= half_done;
    if (finished_.empty() || is_due || is_half_done) {
      exchange(lock, until::something_finished);
      half_done = budget.calls + finished_.size() / 2;
    }
    operation* const first = take_finished(self);
    if (first == nullptr) return;
    // A handler may take its time, throw, or wait for what another thread is to do.
    if (!turn_is_scheduled_ && !is_settled()) schedule_turn();
    lock.unlock();
    const bool goes_on = call_handlers(self, first, budget);
    lock.lock();
    if (goes_on) continue;
    if (!is_settled()) schedule_turn();
    return;
  }
}

// Some of those whose handlers are to be called; or, if there are none, of those that another turn has.
// Returns the first of them, null where there is none.
operation* service_core::take_finished(running_turn& self) noexcept {
  operation_queue taken;
  for (unsigned count = 0; count != taken_together_max && !finished_.empty(); ++count) {
    operation& next = take_front(finished_);
    outstanding_ -= is_outstanding(next) ? 1 : 0;
    taken.push_back(next);
  }
  for (auto other = turns_.begin(); taken.empty() && other != turns_.end(); ++other) {
    if (&*other != &self) other->take_half(taken);
  }
  if (taken.empty()) return nullptr;
  const std::lock_guard lock(self.mutex);
  append(self.finished, taken);
  return self.take_next();
}

// Calls the handler of `next`, and then of what the turn has. Returns whether the turn may go on: not
// where its budget is spent, or a handler has thrown.
bool service_core::call_handlers(running_turn& self, operation* next, turn_budget& budget) {
  while (next != nullptr) {
    const bool is_stopped = budget.can_be_stopped && budget.calls != 0 && gate_->stopped();
    if (is_stopped || budget.is_spent()) {
      self.put_back(*next);
      return false;
    }
    ++budget.calls;
    budget.bytes += next->transferred;
    if (options_.trace && is_outstanding(*next)) options_.trace->finished(describe(*next));
    handler_has_thrown = false;
    next->complete(handler_fate::invoke);
    if (handler_has_thrown) return false;
    const std::lock_guard lock(self.mutex);
    next = self.take_next();
  }
  return true;
}

// Reads what is in memory where a handler that a turn has called asks for it, if that is all that is to
// be done. So it meets no other thread.
bool service_core::read_at_once(file_state& file, operation_ptr& started) {
  running_turn* const turn = own_turn();
  operation& next = *started;
  const bool is_plain = !next.is_at_position && next.priority == 0 && next.slot.get() == nullptr;
  if (turn == nullptr || !is_plain || next.requested == 0 || is_observed()) return false;
  if (!is_read_at_once(*turn, file, next)) return false;
  next.stage = operation_stage::finished;
  {
    const std::lock_guard lock(turn->mutex);
    ++turn->counts.hits;
    turn->finished.push_back(*started.release());
  }
  if (!turn_is_scheduled_.load(std::memory_order_relaxed)) {
    const mutex_lock lock(mutex_);
    schedule_turn();
  }
  return true;
}

inline bool service_core::is_read_at_once(running_turn& turn, const file_state& file,
                                          operation& next) noexcept {
  const std::lock_guard reading(turn.reading);
  open_file* const its_file = file.current.get();
  if (its_file == nullptr || its_file->status != open_state::open || its_file->priority != 0 ||
      is_of_another(next, file))
    return false;
  const descriptor& used = *its_file->descriptor;
  if (used.is_stream() || !is_offset(next.offset)) return false;
  used.describe(next);
  if (!its_file->at_once.wants(next)) return false;
  if (its_file->at_once.attempt(next)) return true;
  const std::lock_guard lock(turn.mutex);
  ++turn.counts.misses;
  return false;
}

}  // namespace asiofile::detail
