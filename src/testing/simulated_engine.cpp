#include "testing/simulated_engine.hpp"

#include "operations/completion.hpp"
#include "system/posix_calls.hpp"
#include "testing/waiting_job.hpp"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <string>
#include <utility>

namespace asiofile::testing::detail {

namespace {

using asiofile::detail::job;

// More than any service has.
constexpr std::size_t capacity_max = 65'536;

waiting_job* wait_of(const operation& which) noexcept {
  return dynamic_cast<waiting_job*>(which.task.get());
}

}  // namespace

simulated_engine::simulated_engine(std::shared_ptr<memory_system> system,
                                   asiofile::detail::wake_signal& completed)
    : system_(std::move(system)), completed_(completed) {
  const std::lock_guard lock(system_->mutex);
  system_->add(*this);
}

simulated_engine::~simulated_engine() {
  const std::lock_guard lock(system_->mutex);
  system_->remove(*this);
}

std::size_t simulated_engine::capacity() const noexcept { return capacity_max; }

simulated_engine::pending simulated_engine::plan(operation& next) {
  pending planned;
  planned.which = &next;
  planned.tie = system_->chance.next();
  planned.effect_at = planned.over_at = system_->now;
  if (const waiting_job* const wait = wait_of(next)) {
    planned.effect_at = planned.over_at = system_->now + wait->duration;
    return planned;
  }
  // How long the steps of a job take, they tell.
  if (next.kind == operation_kind::run_job) return planned;
  const nanoseconds delay = system_->delay_of(next);
  planned.over_at += delay;
  if (delay.count() > 0)
    planned.effect_at += nanoseconds(static_cast<std::int64_t>(
        system_->chance.below(static_cast<std::uint64_t>(delay.count()) + 1)));
  return planned;
}

void simulated_engine::submit(operation_queue& operations) noexcept {
  const std::lock_guard lock(system_->mutex);
  while (!operations.empty()) {
    operation& next = take_front(operations);
    if (next.task) next.task->begin_at(system_->root());
    pending_.push_back(plan(next));
  }
}

// ---- the clock

// Whether the context has gone through what was ready since the signal was raised: it is lowered
// then. The reactor looks at it in between, also while there is something else to do.
bool simulated_engine::is_idle() noexcept {
  if (!has_asked_) return false;
  pollfd signal{completed_.read_fd(), POLLIN, 0};
  const bool is_raised = ::poll(&signal, 1, 0) == 1;
  // The service, too, raises it, where it has no other way to reach the context; it may then never
  // be found lowered.
  constexpr unsigned visits_max = 64;
  return !is_raised || ++visits_ == visits_max;
}

void simulated_engine::reap(operation_queue& finished) noexcept {
  const std::lock_guard lock(system_->mutex);
  if (done_.empty() && is_idle()) {
    has_asked_ = false;
    release_one();
  }
  append(finished, done_);
}

bool simulated_engine::watch(bool on) noexcept {
  const std::lock_guard lock(system_->mutex);
  if (!on) return false;
  if (!done_.empty()) return true;
  if (pending_.empty()) return false;
  if (!std::exchange(has_asked_, true)) visits_ = 0;
  completed_.raise();
  return false;
}

// Everything that happens until an operation is over.
void simulated_engine::release_one() noexcept {
  while (done_.empty() && !pending_.empty()) {
    const auto order = [](const pending& each) { return std::pair(each.next_at(), each.tie); };
    const auto next = std::ranges::min_element(pending_, {}, order);
    system_->now = std::max(system_->now, next->next_at());
    if (next->has_effect) end(static_cast<std::size_t>(next - pending_.begin()));
    else take_effect(*next->which);
  }
}

void simulated_engine::take_effect(operation& its) noexcept {
  if (waiting_job* const wait = wait_of(its); wait != nullptr && wait->clock == system_.get())
    wait->set_over();
  system_->begin_step();
  its.result = run(its);
  const nanoseconds taken = system_->end_step();
  // Not kept across the call, which may crash the file system, and so change the list.
  pending& planned = *std::ranges::find(pending_, &its, &pending::which);
  const bool is_job = its.kind == operation_kind::run_job;
  if (is_job && its.result == job::more) {
    planned.effect_at = system_->now + taken;
    return;
  }
  if (is_job) planned.over_at = system_->now + taken;
  planned.has_effect = true;
}

std::int64_t simulated_engine::run(operation& which) noexcept {
  running_ = &which;
  std::int64_t result = 0;
  if (which.task) result = which.task->can_begin_elsewhere() ? which.task->run() : -EOPNOTSUPP;
  else if (which.kind == operation_kind::open)
    result = asiofile::detail::open_path(system_->root(), static_cast<const char*>(which.trailing),
                                         which.open_flags, which.open_permissions);
  else result = asiofile::detail::run_blocking(which);
  running_ = nullptr;
  return result;
}

void simulated_engine::end(std::size_t index) noexcept {
  operation& over = *pending_[index].which;
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  done_.push_back(over);
  if (system_->options.history)
    system_->record("end of " + std::string(asiofile::detail::name_of(over.kind)));
}

// ---- ends before the time

void simulated_engine::cancel(operation& in_engine) noexcept {
  const std::lock_guard lock(system_->mutex);
  const auto found = std::ranges::find(pending_, &in_engine, &pending::which);
  if (found == pending_.end() || found->has_effect) return;
  const bool is_wait = wait_of(in_engine) != nullptr;
  if (!is_wait && system_->chance.happens(system_->options.ignored_cancellations)) return;
  if (in_engine.task && in_engine.task->has_begun()) {
    // It has something to undo.
    in_engine.task->stop();
    return;
  }
  in_engine.result = -ECANCELED;
  end(static_cast<std::size_t>(found - pending_.begin()));
}

void simulated_engine::crash() noexcept {
  // The operations end in an order of their own.
  for (std::size_t left = pending_.size(); left > 1; --left)
    std::swap(pending_[left - 1], pending_[static_cast<std::size_t>(system_->chance.below(left))]);
  for (std::size_t i = 0; i != pending_.size();) {
    operation& cut_off = *pending_[i].which;
    if (&cut_off == running_ || wait_of(cut_off) != nullptr) {
      ++i;
      continue;
    }
    const bool has_begun = !pending_[i].has_effect && system_->chance.coin();
    if (has_begun && !cut_off.task) system_->apply_in_part(cut_off);
    const bool is_opened =
        pending_[i].has_effect && cut_off.kind == operation_kind::open && cut_off.result >= 0;
    if (is_opened) system_->close(static_cast<int>(cut_off.result));
    const bool is_unclosed = !pending_[i].has_effect && cut_off.kind == operation_kind::close;
    if (is_unclosed && !cut_off.keeps_open) system_->close(cut_off.fd);
    cut_off.result = -EIO;
    end(i);
  }
  completed_.raise();
}

void simulated_engine::drain(operation_queue& finished) noexcept {
  const std::lock_guard lock(system_->mutex);
  for (pending& each : pending_) {
    if (!each.has_effect) each.which->result = -ECANCELED;
    done_.push_back(*each.which);
  }
  pending_.clear();
  append(finished, done_);
}

void simulated_engine::prepare_fork() noexcept {
  system_->mutex.lock();
  is_forking_ = true;
}

void simulated_engine::resume_after_fork() noexcept {
  is_forking_ = false;
  system_->mutex.unlock();
}

void simulated_engine::abandon(operation_queue& orphans) noexcept {
  for (pending& each : pending_) orphans.push_back(*each.which);
  pending_.clear();
  append(orphans, done_);
  if (std::exchange(is_forking_, false)) system_->mutex.unlock();
}

}  // namespace asiofile::testing::detail
