// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The end of a service, and its life on both sides of a fork.

#include "operations/completion.hpp"
#include "service/service_core.hpp"
#include "system/system_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace asiofile::detail {

// Without `notify_fork`: this process has one thread, and any lock may be held forever by a thread
// that only the parent has.
bool service_core::is_forked_copy() const noexcept { return participants_.is_forked_copy(); }

void service_core::shut_down() noexcept {
  const bool is_copy = is_forked_copy();
  operation_queue dropped;
  {
    core_lock lock(mutex_, is_copy);
    if (!is_running()) return;
    state_ = state::draining;
    if (is_copy) {
      forget_sleepers();
    } else {
      tell_of_change();
      // Threads that are trying operations still refer to buffers.
      while (pipeline_.is_owned() || pipeline_.is_speculating()) wait_for_change();
    }
    pipeline_.own();
    // The ring of a forked copy belongs to the parent: do not touch it.
    if (is_copy) {
      pipeline_.abandon(false);
      files_.take_running(dropped);
    } else {
      pipeline_.drain(lock, dropped);
    }
    link_.disconnect(is_copy);
    // Operations that had completed before: nobody works on them any more.
    settle();
    take_everything(dropped);
    pipeline_.disown();
    end_files(lock);
    state_ = state::ended;
    tell_of_change();  // look again: L16
    // A thread that waits for the engines uses the notifiers, and one that keeps the context alive
    // may use a worker: it may be closing a file, whose operations are gone by now.
    while (!is_copy && (is_waited_for_ || holds_ != 0)) wait_for_change();  // look again: L15
    const lock_released meanwhile(lock);
    // In a forked copy the engines are gone, and a thread of the parent may have been making one.
    if (!is_copy) engines_.end();
  }
  drop(dropped);
}

// Takes all operations, wherever they wait. An open that has succeeded leaves its descriptor to its
// file, and what a close was to close is closed here.
void service_core::take_everything(operation_queue& dropped) noexcept {
  pipeline_.take_waiting(dropped);
  files_.take_kept(dropped);
  for (operation& each : dropped) {
    handles_.withdraw(each);
    const bool was_in_engine = each.stage() == operation_stage::in_engine;
    // In a forked copy the engine has not returned it.
    if (each.kind() == operation_kind::open && was_in_engine) {
      auto& opened = static_cast<open_operation&>(each);
      if (opened.result < 0 || opened.found.system != nullptr) file_registry::end_open(opened);
    }
    if (each.kind() == operation_kind::close && each.stage() != operation_stage::parked) {
      // Its descriptor was taken to be closed. If it was not taken, the file still has it.
      const auto& closer = static_cast<const close_operation&>(each);
      const file_facts& facts = each.facts();
      if (!closer.keeps_open && (!was_in_engine || each.result == -ECANCELED)) {
        descriptor& left = *opening_of(each).descriptor;
        left.adopt(facts.fd, *facts.system, ownership::owned, false);
        if (closer.table != nullptr) left.put_place_back(closer.table_index);
      }
    }
    files_.forget(each);
  }
  dispatcher_.take_all(dropped);
}

// Files that outlive their context are closed. This thread may wait for that.
void service_core::end_files(core_lock& lock) {
  for (file_state& each : files_.files()) {
    if (opening* const left = files_.take(each)) {
      left->state = open_state::closed;
      files_.release(*left);
    }
  }
  openings unused;
  files_.take_unused(unused);
  const lock_released meanwhile(lock);
  unused.clear_and_dispose([](opening* each) { delete each; });
}

// Destroys handlers. They may hold the last references to files, other handlers, coroutines; what
// their destructors start is dropped as well.
void service_core::drop(operation_queue& dropped) noexcept {
  while (!dropped.empty()) take_front(dropped).storage().destroy();
}

bool service_core::hold() noexcept {
  const core_lock lock(mutex_);
  if (!is_running()) return false;
  ++holds_;
  return true;
}

void service_core::release() noexcept {
  const core_lock lock(mutex_);
  --holds_;
  if (has_listeners()) tell_of_change();
}

void service_core::leave_context() noexcept {
  shut_down();
  link_.leave();
  waiter_notifier_.close();
}

// ---- fork

void service_core::prepare_fork() noexcept {
  mutex_.lock();
  while (pipeline_.is_owned()) wait_for_change();
  pipeline_.own();
  // What has completed has completed in both processes: a child must not close again what is
  // closed.
  pipeline_.reap();
  settle();
  engines_.prepare_fork();
  participants_.prepare_fork();
  // All locks are held across the fork, so that the child's copy of everything is whole.
}

void service_core::resume_in_parent() noexcept {
  participants_.resume_in_parent();
  engines_.resume_in_parent();
  pipeline_.disown();
  ensure_pass();
  tell_of_change();
  mutex_.unlock();
}

// They belong to another process. If there is no memory for a new one, the old one continues
// without them.
void service_core::forget_sleepers() noexcept {
  if (sleepers_ == 0) return;
  sleepers_ = 0;
  if (auto* const made = new (std::nothrow) std::condition_variable_any) {
    static_cast<void>(changed_.release());
    changed_.reset(made);
  }
}

void service_core::resume_in_child() noexcept {
  // Calls of readers and writers that end here.
  operation_queue aborted = participants_.resume_in_child();
  is_waited_for_ = is_waiter_notified_ = false;
  forget_sleepers();
  // Only this thread's own pass is left, if the fork was made in a handler.
  passes_ = std::min<std::size_t>(passes_, 1);
  holds_ = 0;
  waiter_notifier_.close();
  operation_queue orphans;
  pipeline_.abandon(true);
  files_.take_running(orphans);
  pipeline_.take_waiting(orphans);
  files_.take_kept(orphans);
  files_.forget_others();
  pipeline_.disown();
  int error = 0;
  if (is_running()) {
    error = link_.renew_in_child();
  }
  mutex_.unlock();

  // If engines cannot be made, operations report that.
  engines_.remake_in_child();
  core_lock lock(mutex_);
  if (!is_running()) return;
  abort_in_child(orphans);
  while (!aborted.empty()) {
    operation& each = take_front(aborted);
    each.result = -ECANCELED;
    move_to(each, operation_stage::completed);
    dispatcher_.add(each);
  }
  if (error == 0 || link_.can_post()) ensure_pass();
}

// The parent's operations are not this process's: their copies end here, without effect.
void service_core::abort_in_child(operation_queue& orphans) noexcept {
  while (!orphans.empty()) {
    operation& orphan = take_front(orphans);
    orphan.cancel_requested = true;
    orphan.result = -ECANCELED;
    if (orphan.is_transfer()) as_transfer(orphan).transferred = 0;
    if (orphan.kind() == operation_kind::close) {
      // The parent closes its own. If it was doing so during the fork, the number may be another
      // file's already.
      auto& closer = static_cast<close_operation&>(orphan);
      const bool may_have_begun = engine_set::may_have_begun(closer);
      if (closer.stage() == operation_stage::parked) file_registry::prepare_close(closer);
      const bool closes = !closer.keeps_open && !may_have_begun;
      orphan.result = closes ? orphan.facts().system->close(orphan.facts().fd) : 0;
    }
    pipeline_.end(orphan);
  }
  settle();
}

}  // namespace asiofile::detail
