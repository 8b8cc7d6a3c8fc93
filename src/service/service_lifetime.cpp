// The end of a service, and its life on both sides of a fork.

#include "service/service_core.hpp"
#include "system/posix_calls.hpp"

#include <boost/system/system_error.hpp>

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace asiofile::detail {

bool service_core::is_forked_copy() const noexcept {
  return router_.is_set_up() && process_ != ::getpid();
}

void service_core::shut_down() noexcept {
  mutex_lock lock(mutex_, std::defer_lock);
  // In a child that was forked without `notify_fork` the mutex may be held for ever, by a thread
  // that does not exist there. The child has only this thread.
  const bool is_copy = is_forked_copy();
  if (!is_copy) lock.lock();
  if (is_shut_down_) return;
  is_shut_down_ = true;
  while (is_exchanging_ && !is_copy) exchange_is_over_.wait(lock);
  is_exchanging_ = true;
  operation_queue dropped;
  append(dropped, waiting_);
  append(dropped, finished_);
  append(dropped, parked_);
  append(dropped, shared_syncs_.kept());
  cancels_.clear();
  if (!is_copy) lock.unlock();

  // The ring of a forked copy is the parent's: not a word to it.
  if (is_copy)
    router_.abandon(dropped);
  else
    router_.drain(dropped);

  if (!is_copy) lock.lock();
  // The reactor's epoll instance, too, may be the parent's: once the descriptor is closed here, it
  // cannot be taken out of there.
  if (is_copy) signal_->close();
  boost::system::error_code ignored;
  gate_->watch(-1, ignored);
  router_.tear_down();
  in_engines_ = 0;
  is_exchanging_ = false;
  exchange_is_over_.notify_all();
  drop_queued(dropped);
  for (operation& each : dropped) {
    if (!each.file) continue;
    each.file->operations.clear();
    each.file->closer = nullptr;
    tickets_.take_back(each.ticket);
    if (each.stage != operation_stage::in_engine) continue;
    if (each.kind == operation_kind::open && each.result >= 0)
      close_descriptor(static_cast<int>(each.result));
    if (each.kind == operation_kind::close && each.result == -ECANCELED && !each.keeps_open)
      close_descriptor(each.fd);
  }
  close_files(dropped, is_copy);
  if (!is_copy) lock.unlock();
  drop(dropped);
}

// Those that outlive their context. After that no turn takes anything on; what it had is dropped.
void service_core::close_files(operation_queue& dropped, bool is_copy) noexcept {
  // In a copy there is no other thread, but there may be turns that one was running, with their
  // mutexes held for ever.
  std::optional<turns_held> held;
  if (!is_copy) held.emplace(turns_);
  for (running_turn& each : turns_) {
    if (is_copy)
      append(dropped, each.finished);
    else
      each.take_all(dropped);
  }
  for (file_state& each : files_) each.current.reset();
}

// What a turn on another thread has put back since the service was shut down.
void service_core::drop_finished(mutex_lock& lock) noexcept {
  operation_queue dropped;
  append(dropped, finished_);
  if (dropped.empty()) return;
  lock.unlock();
  drop(dropped);
  lock.lock();
}

// Adds those that wait for dropped ones at their files' positions.
void service_core::drop_queued(operation_queue& dropped) noexcept {
  operation_queue queued;
  for (operation& each : dropped) {
    if (!each.is_at_position || each.stage == operation_stage::finished) continue;
    // Those behind the place of a synchronous function are dropped when that leaves.
    stream_order& order = each.file->order;
    for (operation* next = order.leave(each); next != nullptr && !next->is_placeholder;
         next = order.leave(*next))
      queued.push_back(*next);
  }
  append(dropped, queued);
}

// Destroys handlers. They may hold the last references to files, other handlers, coroutines; what
// their destructors start is dropped as well.
void service_core::drop(operation_queue& dropped) noexcept {
  while (!dropped.empty()) take_front(dropped).complete(handler_fate::destroy);
}

void service_core::leave_context() noexcept {
  shut_down();
  gate_.reset();
  signal_.reset();
  nudge_.reset();
}

void service_core::prepare_fork() noexcept {
  mutex_lock lock(mutex_);
  while (is_exchanging_) exchange_is_over_.wait(lock);
  is_exchanging_ = true;
  router_.prepare_fork();
  // All mutexes are held across the fork, so that the child's copy of everything is whole.
  for (running_turn& each : turns_) each.lock();
  lock.release();
}

void service_core::resume_in_parent() noexcept {
  const mutex_lock lock(mutex_, std::adopt_lock);
  for (running_turn& each : turns_) each.unlock();
  router_.resume_after_fork();
  is_exchanging_ = false;
  exchange_is_over_.notify_all();
}

void service_core::resume_in_child() noexcept {
  const mutex_lock lock(mutex_, std::adopt_lock);
  for (running_turn& each : turns_) each.unlock();
  end_others_turns();
  is_exchanging_ = false;
  if (!router_.is_set_up()) return;

  operation_queue orphans;
  router_.abandon(orphans);
  append(orphans, waiting_);
  append(orphans, shared_syncs_.kept());
  for (file_state& each : files_) {
    if (!each.current) continue;
    each.current->descriptor->forget_registered();
    operation_queue resumed = each.current->order.drop_placeholders();
    append(orphans, resumed);
  }
  boost::system::error_code ignored;
  gate_->watch(-1, ignored);
  if (wait_ == wait_state::armed) wait_ = wait_state::ending;
  if (std::exchange(turn_is_signalled_, false)) turn_is_scheduled_ = false;
  is_watching_ = false;
  in_engines_ = 0;
  signal_.reset();
  nudge_.reset();
  is_waiting_for_signal_ = is_nudged_ = false;
  // Where that fails, operations report that no engine accepts them.
  set_up_engines();
  abort_in_child(orphans);
  if (signal_) schedule_turn();
}

// In a child, which has none of the parent's other threads.
void service_core::end_others_turns() noexcept {
  for (auto next = turns_.begin(); next != turns_.end();) {
    running_turn& each = *next++;
    if (!is_own(each)) give_back(each);
  }
}

// The parent's operations are not this process's: their copies end here, without effect.
void service_core::abort_in_child(operation_queue& orphans) noexcept {
  // One that ends lets another go that waited for it.
  for (; !orphans.empty(); append(orphans, waiting_)) {
    operation& orphan = take_front(orphans);
    const bool must_close = orphan.kind == operation_kind::close && !orphan.keeps_open &&
                            orphan.stage == operation_stage::in_engine;
    orphan.cancel_requested = true;
    orphan.transferred = 0;
    orphan.result = must_close ? -close_descriptor(orphan.fd) : -ECANCELED;
    finish(orphan);
  }
}

}  // namespace asiofile::detail
