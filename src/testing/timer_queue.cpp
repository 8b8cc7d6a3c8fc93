// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/memory_system.hpp"
#include "testing/waiting_job.hpp"

#include <asiofile/testing/detail/timer_queue.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace asiofile::testing {

namespace detail {

namespace {

using asiofile::detail::scoped_lock;

clock::time_point time_of(const memory_system& files) noexcept ASIOFILE_REQUIRES(files_lock) {
  return clock::time_point(files.now);
}

}  // namespace

queued_timer::~queued_timer() = default;

boost::asio::execution_context::id timer_queue::id;

struct timer_queue::waits {
  using timers = std::map<place, std::weak_ptr<queued_timer>>;

  // Makes sure that an operation sleeps until the first timer is due. Returns the timer that is to
  // start it; null if none has to.
  [[nodiscard]] std::shared_ptr<queued_timer> prepare_sleep(memory_system& files)
      ASIOFILE_REQUIRES(mutex) ASIOFILE_EXCLUDES(files_lock);

  asiofile::detail::mutex mutex;
  timers waiting ASIOFILE_GUARDED_BY(mutex);
  std::uint64_t added ASIOFILE_GUARDED_BY(mutex) = 0;
  // While its operation is in flight.
  std::shared_ptr<waiting_job> sleep ASIOFILE_GUARDED_BY(mutex);
};

timer_queue::timer_queue(boost::asio::execution_context& context, simulation_getter getter)
    : service(context), simulation_of_(getter), waits_(std::make_unique<waits>()) {}

timer_queue::~timer_queue() = default;

void timer_queue::shutdown() {
  const scoped_lock lock(waits_->mutex);
  waits_->waiting.clear();
}

std::shared_ptr<memory_system> timer_queue::files() {
  return std::dynamic_pointer_cast<memory_system>(simulation_of_(context()));
}

clock::time_point timer_queue::now() {
  const auto its = files();
  if (!its) return {};
  const files_guard lock(its->mutex);
  return time_of(*its);
}

bool timer_queue::move_to(clock::time_point when) {
  const auto its = files();
  if (!its) return false;
  const files_guard lock(its->mutex);
  its->now = std::max(its->now, when.time_since_epoch());
  return true;
}

std::shared_ptr<queued_timer> timer_queue::waits::prepare_sleep(memory_system& files) {
  std::shared_ptr<queued_timer> first;
  while (!waiting.empty() && !(first = waiting.begin()->second.lock()))
    waiting.erase(waiting.begin());
  const files_guard lock(files.mutex);
  // With no timer left it need not sleep any longer.
  const nanoseconds due = first ? waiting.begin()->first.first.time_since_epoch() : files.now;
  if (sleep) {
    sleep->due = due;
    return nullptr;
  }
  if (first) sleep = std::make_shared<waiting_job>(files, due);
  return first;
}

std::optional<timer_queue::place> timer_queue::add(const std::shared_ptr<queued_timer>& added,
                                                   clock::time_point due) {
  const auto its = files();
  if (!its) return std::nullopt;
  scoped_lock lock(waits_->mutex);
  const place taken(due, waits_->added++);
  waits_->waiting.emplace(taken, added);
  const auto starter = waits_->prepare_sleep(*its);
  const auto sleep = waits_->sleep;
  lock.unlock();
  try {
    if (starter) starter->drive(sleep);
  } catch (...) {
    lock.lock();
    waits_->waiting.erase(taken);
    waits_->sleep.reset();
    throw;
  }
  return taken;
}

void timer_queue::remove(const place& left) noexcept {
  const auto its = files();
  if (!its) return;
  const scoped_lock lock(waits_->mutex);
  // If it has completed already, others have their own sleep, or nobody waits.
  if (waits_->waiting.erase(left) != 0) static_cast<void>(waits_->prepare_sleep(*its));
}

void timer_queue::driven(boost::system::error_code ec) {
  const auto its = files();
  if (!its) return;
  std::vector<std::shared_ptr<queued_timer>> over;
  std::shared_ptr<queued_timer> starter;
  std::shared_ptr<waiting_job> sleep;
  {
    const scoped_lock lock(waits_->mutex);
    waits_->sleep.reset();
    // Aborted: in a child after a fork. Other errors mean that the service cannot run anything.
    const bool is_broken = ec && ec != boost::system::errc::operation_canceled;
    const clock::time_point reached = is_broken ? clock::time_point::max() : now();
    auto& waiting = waits_->waiting;
    while (!waiting.empty() && waiting.begin()->first.first <= reached) {
      if (auto each = waiting.begin()->second.lock()) over.push_back(std::move(each));
      waiting.erase(waiting.begin());
    }
    if (!is_broken) ec = {};
    starter = waits_->prepare_sleep(*its);
    sleep = waits_->sleep;
  }
  for (const auto& each : over) each->end(ec);
  if (starter) starter->drive(sleep);
}

}  // namespace detail

clock::time_point clock::now() noexcept {
  const auto its = detail::memory_system::last_made();
  if (!its) return {};
  const detail::files_guard lock(its->mutex);
  return detail::time_of(*its);
}

}  // namespace asiofile::testing
