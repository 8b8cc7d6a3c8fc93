// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/simulated_engine.hpp"

#include "engines/operation_place.hpp"
#include "operations/completion.hpp"
#include "operations/run_blocking.hpp"
#include "operations/timed_job.hpp"
#include "system/posix_calls.hpp"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <string>
#include <tuple>
#include <utility>

namespace asiofile::testing::detail {

namespace {

using asiofile::detail::close_operation;
using asiofile::detail::job;
using asiofile::detail::must_run_again;
using asiofile::detail::task_of;
using asiofile::detail::timed_job;

// More than any service uses.
constexpr std::size_t capacity_max = 65'536;

waiting_job* sleep_of(operation& which) noexcept {
  return dynamic_cast<waiting_job*>(task_of(which));
}

nanoseconds pause_of(operation& waiting) noexcept {
  const auto* const timed = dynamic_cast<const timed_job*>(task_of(waiting));
  return timed != nullptr ? timed->pause() : std::chrono::milliseconds(1);
}

}  // namespace

simulated_engine::simulated_engine(std::shared_ptr<memory_system> system,
                                   asiofile::detail::notifier& completed)
    : system_(std::move(system)), completed_(completed) {
  const files_guard lock(system_->mutex);
  system_->add(*this);
}

simulated_engine::~simulated_engine() {
  const files_guard lock(system_->mutex);
  system_->remove(*this);
}

std::size_t simulated_engine::capacity() const noexcept { return capacity_max; }

simulated_engine::pending simulated_engine::plan(operation& next) {
  pending planned;
  planned.which = &next;
  planned.tie = system_->chance.next();
  planned.effect_at = planned.over_at = system_->now;
  planned.sleep = sleep_of(next);
  // The steps of a job report how long they take.
  if (task_of(next) != nullptr) return planned;
  const nanoseconds delay = system_->delay_of(next);
  planned.over_at += delay;
  if (delay.count() > 0)
    planned.effect_at += nanoseconds(static_cast<std::int64_t>(
        system_->chance.below(static_cast<std::uint64_t>(delay.count()) + 1)));
  return planned;
}

void simulated_engine::submit(engine_queue& operations) noexcept {
  const files_guard lock(system_->mutex);
  if (!operations.empty()) rounds_ = 0;
  while (!operations.empty()) {
    operation& next = take_front(operations);
    if (job* const task = task_of(next)) task->begin_at(system_->calls(), system_->root());
    pending_.push_back(plan(next));
  }
}

// ---- the clock

// Whether the context has run everything that was ready since the engine last asked. The engine
// asks by setting the notifier; the context has run what was ready before once the notifier is
// found reset. But those handlers may have made others ready, which are queued behind. So the
// engine asks repeatedly, until the context has answered this often without starting or cancelling
// anything. (Asio has no interface that tells that a context has nothing to do.)
bool simulated_engine::is_idle() noexcept {
  if (!has_asked_) return false;
  pollfd asked{completed_.read_fd(), POLLIN, 0};
  const bool is_set = ::poll(&asked, 1, 0) == 1;
  // The service sets the notifier, too, if it has no other way to reach the context; it may then
  // never be found reset.
  constexpr unsigned visits_max = 64;
  if (is_set) return ++visits_ == visits_max;
  has_asked_ = false;
  return ++rounds_ == rounds_needed;
}

void simulated_engine::reap(engine_queue& over) noexcept {
  const files_guard lock(system_->mutex);
  if (done_.empty() && is_idle()) {
    has_asked_ = false;
    rounds_ = 0;
    release_one();
  }
  append(over, done_);
}

bool simulated_engine::notify(bool on) noexcept {
  const files_guard lock(system_->mutex);
  if (!on) return false;
  if (!done_.empty()) return true;
  if (pending_.empty()) return false;
  if (!std::exchange(has_asked_, true)) visits_ = 0;
  completed_.set();
  return false;
}

// Runs everything that is due until an operation has completed.
void simulated_engine::release_one() noexcept {
  // A handler may have unlocked or closed the file that they wait for.
  unblock();
  while (done_.empty() && !pending_.empty()) {
    const auto order = [](const pending& each) ASIOFILE_REQUIRES(files_lock) {
      return std::tuple(each.is_blocked, each.next_at(), each.tie);
    };
    const auto next = std::ranges::min_element(pending_, {}, order);
    if (next->is_blocked) return;
    system_->now = std::max(system_->now, next->next_at());
    if (next->has_effect) end(static_cast<std::size_t>(next - pending_.begin()));
    else take_effect(*next->which);
  }
}

void simulated_engine::unblock() noexcept {
  for (pending& each : pending_) each.is_blocked = false;
}

void simulated_engine::take_effect(operation& its) noexcept {
  if (waiting_job* const sleep = sleep_of(its); sleep && sleep->clock == system_.get())
    sleep->set_over();
  system_->begin_step();
  its.result = run(its);
  const nanoseconds taken = system_->end_step();
  // The reference is not kept across the call, which may crash the file system and so change the
  // list.
  pending& planned = *std::ranges::find(pending_, &its, &pending::which);
  const bool is_job = task_of(its) != nullptr;
  if (is_job && (its.result == job::more || its.result == job::waits)) {
    // Nothing here becomes ready by itself: the operation is tried again after a pause.
    nanoseconds pause{};
    if (its.result == job::waits) pause = pause_of(its);
    planned.effect_at = system_->now + std::max(taken, pause);
    unblock();
    return;
  }
  planned.is_blocked = its.kind() == operation_kind::lock && its.result == -EAGAIN;
  if (planned.is_blocked) return;
  unblock();
  if (is_job) planned.over_at = system_->now + taken;
  planned.has_effect = true;
}

std::int64_t simulated_engine::run_released(operation& which) noexcept {
  const files_released released(system_->mutex);
  return asiofile::detail::run_blocking(which, *system_->calls(), system_->root());
}

std::int64_t simulated_engine::run(operation& which) noexcept {
  running_ = &which;
  const std::int64_t result = run_released(which);
  running_ = nullptr;
  return result;
}

void simulated_engine::end(std::size_t index) noexcept {
  operation& over = *pending_[index].which;
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  done_.push_back(over);
  if (system_->options.history)
    system_->record("end of " + std::string(asiofile::detail::name_of(over)));
}

// ---- ends before the time

void simulated_engine::cancel(operation& in_engine) noexcept {
  const files_guard lock(system_->mutex);
  rounds_ = 0;
  const auto found = std::ranges::find(pending_, &in_engine, &pending::which);
  if (found == pending_.end() || found->has_effect) return;
  // An operation that waits for another event can always be cancelled.
  const bool may_be_late =
      found->sleep == nullptr && in_engine.kind() != operation_kind::lock;
  if (may_be_late && system_->chance.happens(system_->options.ignored_cancellations)) return;
  if (must_run_again(in_engine)) {
    task_of(in_engine)->stop();
    return;
  }
  in_engine.result = -ECANCELED;
  end(static_cast<std::size_t>(found - pending_.begin()));
}

void simulated_engine::crash() noexcept {
  // The operations end in an order that the seed decides.
  for (std::size_t left = pending_.size(); left > 1; --left)
    std::swap(pending_[left - 1], pending_[static_cast<std::size_t>(system_->chance.below(left))]);
  for (std::size_t i = 0; i != pending_.size();) {
    operation& cut_off = *pending_[i].which;
    if (&cut_off == running_ || pending_[i].sleep != nullptr) {
      ++i;
      continue;
    }
    const bool has_begun = !pending_[i].has_effect && system_->chance.coin();
    if (has_begun && task_of(cut_off) == nullptr) system_->apply_in_part(cut_off);
    const bool is_opened =
        pending_[i].has_effect && cut_off.kind() == operation_kind::open && cut_off.result >= 0;
    if (is_opened) system_->drop(static_cast<int>(cut_off.result));
    const bool is_unclosed = !pending_[i].has_effect && cut_off.kind() == operation_kind::close;
    if (is_unclosed && !static_cast<close_operation&>(cut_off).keeps_open)
      system_->drop(cut_off.facts().fd);
    cut_off.result = -EIO;
    end(i);
  }
  completed_.set();
}

void simulated_engine::drain(engine_queue& over) noexcept {
  const files_guard lock(system_->mutex);
  for (pending& each : pending_) {
    if (!each.has_effect) each.which->result = -ECANCELED;
    done_.push_back(*each.which);
  }
  pending_.clear();
  append(over, done_);
}

void simulated_engine::prepare_fork() noexcept {
  system_->mutex.lock_for_fork();
  is_forking_ = true;
}

void simulated_engine::resume_after_fork() noexcept {
  is_forking_ = false;
  system_->mutex.unlock_after_fork();
}

void simulated_engine::abandon() noexcept {
  pending_.clear();
  done_.clear();
  if (std::exchange(is_forking_, false)) system_->mutex.unlock_after_fork();
}

}  // namespace asiofile::testing::detail
