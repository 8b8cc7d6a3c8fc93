// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "readers/tail_hub.hpp"

#include "operations/timed_job.hpp"
#include "readers/tail_file.hpp"
#include "readers/tail_generations.hpp"
#include "service/opening.hpp"
#include "service/service_core.hpp"
#include "system/file_systems.hpp"
#include "system/owned_fd.hpp"
#include "system/posix_calls.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

// How often to check whether the paths of directories still lead to them.
constexpr std::chrono::seconds check_interval{5};
// A clock that advances only by what the job pauses must not miss those that begin to wait
// meanwhile.
constexpr std::chrono::milliseconds pause_max_without_clock{50};

std::uint64_t key_of(int watch, std::string_view name) noexcept {
  const std::uint64_t mixed = (static_cast<std::uint64_t>(watch) + 1) * 0x9e37'79b9'7f4a'7c15;
  return name.empty() ? mixed : mixed ^ std::hash<std::string_view>()(name);
}

}  // namespace

// The job, with its operation.
class tail_wait final : public operation_storage, private timed_job {
 public:
  tail_wait(std::shared_ptr<tail_hub> whose, std::uint64_t its_number) noexcept
      : operation_storage(&tail_wait::end), number(its_number), hub_(std::move(whose)) {
    prepare(*this, static_cast<job&>(*this));
  }

  const std::uint64_t number;
  cancellation_handle handle;
  // It can be cancelled. Guarded by the hub's mutex.
  bool is_started = false;

 private:
  [[nodiscard]] std::string_view name() const noexcept override { return "wait_for_changes"; }

  std::int64_t step() noexcept override {
    if (is_stopped()) return -ECANCELED;
    const auto left = hub_->look(std::exchange(waited_, std::chrono::nanoseconds()));
    if (!left) return 0;
    if (const int fd = hub_->descriptor(); fd != -1) return when_ready(fd, false);
    waited_ = std::min<std::chrono::nanoseconds>(*left, pause_max_without_clock);
    return after_pause(waited_);
  }

  static void end(operation_storage& over, const operation_result* result) {
    const std::unique_ptr<tail_wait> self(static_cast<tail_wait*>(&over));
    const auto hub = std::move(self->hub_);
    const std::int64_t error = result == nullptr ? 0 : -result->error;
    hub->finish(*self, result == nullptr ? nullptr : &error);
  }

  std::shared_ptr<tail_hub> hub_;
  std::chrono::nanoseconds waited_{};
};

tail_hub::tail_hub(const file_state_ptr& file)
    : fork_participant(file->core->participants()),
      file_(file),
      system_(file->core->system()),
      is_kernels_(system_ == kernel_calls()),
      next_check_(now() + check_interval) {}

// Closing an inotify descriptor may take a while.
tail_hub::~tail_hub() {
  if (watch_) file_->core->drop_on_worker(std::shared_ptr<change_watch>(std::move(watch_)));
}

// ---- followers

tail_plan_ptr tail_hub::share(const tail_plan& wanted) {
  const scoped_lock lock(mutex_);
  if (!shared_ || *shared_ != wanted) shared_ = std::make_shared<const tail_plan>(wanted);
  return shared_;
}

void tail_hub::add(tail_follower& next, const std::string& path) {
  const std::string_view name = name_in(path);
  auto copy = std::make_unique<char[]>(name.size() + 1);
  name.copy(copy.get(), name.size());
  next.name_ = std::move(copy);
  const scoped_lock lock(mutex_);
  const auto [its, is_new] = directories_.try_emplace(path.substr(0, path.size() - name.size()));
  // Others read it without the mutex.
  if (is_new) its->second.path = &its->first;
  ++its->second.followers;
  next.directory_ = &its->second;
  all_.push_back(next);
}

void tail_hub::remove(tail_follower& gone) noexcept {
  const participant_lock lock(mutex_, must_lock());
  forget(gone.file_watch_, gone);
  forget(gone.next_watch_, gone);
  leave_directory(gone);
  leave_list(gone);
  all_.erase(all_.iterator_to(gone));
}

void tail_hub::leave_list(tail_follower& who) noexcept {
  if (!who.turn_hook_.is_linked()) return;
  auto& its = who.is_woken_ ? woken_ : by_time_;
  its.erase(its.iterator_to(who));
  who.is_woken_ = false;
}

void tail_hub::forget_key(std::uint64_t key, const tail_follower& who) noexcept {
  const auto [first, last] = by_change_.equal_range(key);
  const auto found = std::find_if(first, last, [&](const auto& each) { return each.second == &who; });
  if (found != last) by_change_.erase(found);
}

void tail_hub::forget(int& watch, const tail_follower& who) noexcept {
  const int left = std::exchange(watch, -1);
  if (left == -1) return;
  const std::uint64_t key = key_of(left, {});
  forget_key(key, who);
  // In a forked copy of the process the watches are still the parent's.
  if (watch_ && must_lock() && !by_change_.contains(key)) watch_->forget(left);
}

void tail_hub::leave_directory(tail_follower& who) noexcept {
  directory& left = *who.directory_;
  forget_key(who.name_key_, who);
  if (--left.followers != 0) return;
  lose(left);
  directories_.erase(directories_.find(*left.path));
}

// Its watch is not valid any more, or not needed. Another path may lead to the same directory.
void tail_hub::lose(directory& gone) noexcept {
  const int watch = std::exchange(gone.watch, -1);
  gone.is_confirmed = false;
  const auto is_it = [&](const auto& each) { return each.second.watch == watch; };
  if (watch_ && watch != -1 && must_lock() && std::ranges::none_of(directories_, is_it))
    watch_->forget(watch);
}

// ---- watching

// A watch that is asked for without the mutex may be gone, because another follower has ended it,
// before the mutex is held and the watch is recorded as wanted. So it is asked for again after the
// look that follows `begun` anyway: a watch that is recorded, and is the same then, will stay.
tail_hub::watching tail_hub::watch(tail_follower& who, const tail_file& file, bool has_name) {
  change_watch* const with = obtain_watch();
  if (with == nullptr) return watching::impossible;
  bool is_new = false;
  // Both are tried, because they report different changes.
  const bool has_directory = enter_directory(*with, who, is_new);
  // Without a file, the directory's watch reports when there is one.
  const bool has_file = enter_file(*with, who, &tail_follower::file_watch_, file, is_new);
  if (!has_directory || !has_file) return watching::impossible;
  // The one that will be read next, when it has data. There may be none yet.
  tail_file next;
  if (!has_name) static_cast<void>(next.open(system_, file_->core->base(), who.path().c_str()));
  static_cast<void>(enter_file(*with, who, &tail_follower::next_watch_, next, is_new));
  return is_new ? watching::begun : watching::under_way;
}

change_watch* tail_hub::obtain_watch() {
  if (!is_kernels_) return nullptr;
  const scoped_lock lock(mutex_);
  if (!watch_) watch_ = make_change_watch();
  return watch_.get();
}

// A watch does not report changes that others make on a server.
bool tail_hub::is_watchable(int fd) noexcept {
  struct stat found;
  if (system_->fstat(fd, found) != 0) return false;
  return known_file_systems().look(*system_, fd, id_of_device(found.st_dev)).is_local;
}

// -1: it cannot be watched.
int tail_hub::watch_directory(change_watch& with, const std::string& path) noexcept {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const char* const its_path = path.empty() ? "." : path.c_str();
  const owned_fd fd(system_, system_->openat(file_->core->base(), its_path, flags, 0));
  if (!fd || !is_watchable(fd.get())) return -1;
  return static_cast<int>(std::max<std::int64_t>(with.watch_directory(fd.get()), -1));
}

bool tail_hub::enter_directory(change_watch& with, tail_follower& who, bool& is_new) {
  directory& its = *who.directory_;
  {
    const scoped_lock lock(mutex_);
    if (its.is_confirmed && who.name_key_ == key_of(its.watch, who.name_.get())) return true;
  }
  const int watch = watch_directory(with, *its.path);
  const scoped_lock lock(mutex_);
  if (watch != -1 && watch == its.watch) {
    its.is_confirmed = true;
  } else {
    // The path leads to another directory now, or to none.
    if (its.watch != -1) {
      mark_all(&its);
      with.set_timer(nanoseconds(0));
    }
    lose(its);
    its.watch = watch;
  }
  if (watch == -1) return false;
  const std::uint64_t key = key_of(watch, who.name_.get());
  if (who.name_key_ != key) {
    by_change_.emplace(key, &who);
    forget_key(std::exchange(who.name_key_, key), who);
    is_new = true;
  }
  return true;
}

// `watch`: where its number is kept.
bool tail_hub::enter_file(change_watch& with, tail_follower& who, int tail_follower::*watch,
                          const tail_file& file, bool& is_new) {
  const bool is_wanted = file.is_open();
  const bool can_be = is_wanted && is_watchable(file.fd());
  // A file that is being watched already keeps its number: no other file has it meanwhile.
  const std::int64_t found = can_be ? with.watch_file(file.fd()) : -1;
  const scoped_lock lock(mutex_);
  if (found >= 0 && found == who.*watch) return true;
  forget(who.*watch, who);
  if (found < 0) return !is_wanted;
  by_change_.emplace(key_of(static_cast<int>(found), {}), &who);
  who.*watch = static_cast<int>(found);
  is_new = true;
  return true;
}

tail_hub::nanoseconds tail_hub::now() const noexcept {
  return is_kernels_ ? nanoseconds(clock::now().time_since_epoch()) : paused_time_;
}

void tail_hub::wake_after(tail_follower& who, std::optional<nanoseconds> pause) {
  const scoped_lock lock(mutex_);
  who.is_due_ = false;
  // It will look again, and call this again.
  if (who.is_woken_) return;
  leave_list(who);
  if (!pause) return;
  who.due_ = now() + *pause;
  // As a rule all have the same interval.
  auto behind = by_time_.end();
  while (behind != by_time_.begin() && std::prev(behind)->due_ > who.due_) --behind;
  const bool is_first = behind == by_time_.begin();
  by_time_.insert(behind, who);
  if (is_first && watch_) watch_->set_timer(std::min<nanoseconds>(*pause, check_interval));
}

// ---- the job

int tail_hub::descriptor() noexcept {
  const scoped_lock lock(mutex_);
  return watch_ ? watch_->fd() : -1;
}

std::optional<tail_hub::nanoseconds> tail_hub::look(nanoseconds waited) noexcept {
  const scoped_lock lock(mutex_);
  paused_time_ += waited;
  take_changes();
  const nanoseconds time = now();
  if (next_check_ <= time) {
    next_check_ = time + check_interval;
    have_directories_checked();
  }
  while (!by_time_.empty() && by_time_.front().due_ <= time) {
    tail_follower& due = by_time_.front();
    leave_list(due);
    mark(due, true);
  }
  if (!woken_.empty()) return std::nullopt;
  nanoseconds left = next_check_ - time;
  if (!by_time_.empty()) left = std::min(left, by_time_.front().due_ - time);
  left = std::max(left, nanoseconds(0));
  if (watch_) watch_->set_timer(left);
  return left;
}

void tail_hub::take_changes() noexcept {
  change taken;
  while (watch_ && watch_->next(taken)) {
    if (taken.watch == -1) mark_all(nullptr);
    else mark_by(key_of(taken.watch, taken.name));
    if (!taken.has_ended || !taken.name.empty()) continue;
    for (auto& [path, its] : directories_) {
      if (its.watch != taken.watch) continue;
      mark_all(&its);
      lose(its);
    }
  }
}

// A directory of the path may have been renamed, or a symbolic link changed, which no watch
// reports. For each watched directory, one follower checks.
void tail_hub::have_directories_checked() noexcept {
  for (tail_follower& each : all_) {
    directory& its = *each.directory_;
    if (!each.is_waiting() || its.watch == -1 || its.checked == next_check_) continue;
    its.checked = next_check_;
    its.is_confirmed = false;
    mark(each, false);
  }
}

// A follower that does not wait looks when it begins to.
void tail_hub::mark(tail_follower& woken, bool is_due) noexcept {
  if (!woken.is_waiting()) return;
  woken.is_due_ = woken.is_due_ || is_due;
  if (woken.is_woken_) return;
  leave_list(woken);
  woken.is_woken_ = true;
  woken_.push_back(woken);
}

void tail_hub::mark_by(std::uint64_t key) noexcept {
  const auto [first, last] = by_change_.equal_range(key);
  for (auto each = first; each != last; ++each) mark(*each->second, false);
}

void tail_hub::mark_all(const directory* of) noexcept {
  for (tail_follower& each : all_)
    if (of == nullptr || each.directory_ == of) mark(each, false);
}

// Starts the job if a follower waits, and cancels it if none does.
void tail_hub::settle() noexcept {
  if (!must_lock()) return;
  std::unique_ptr<tail_wait> next;
  cancellation_handle called_off;
  {
    const scoped_lock lock(mutex_);
    if (is_failing_) return;
    const bool is_needed = waiting_.load(std::memory_order_relaxed) != 0 && !is_dropped_;
    if (job_ == nullptr && is_needed) {
      next.reset(new (std::nothrow) tail_wait(shared_from_this(), ++job_number_));
      job_ = next.get();
    } else if (job_ != nullptr && !is_needed && job_->is_started) {
      called_off = job_->handle;
    }
    if (!next && (job_ != nullptr || !is_needed) && called_off.index == cancellation_handle::none)
      return;
  }
  if (next) return begin_waiting(std::move(next));
  if (called_off.index != cancellation_handle::none) return cancel(*file_, called_off);
  fail(-ENOMEM);
}

void tail_hub::begin_waiting(std::unique_ptr<tail_wait> job) noexcept {
  const std::uint64_t number = job->number;
  try {
    job->handle = issue_handle(*file_, *job);
  } catch (const std::bad_alloc&) {
    return job.release()->complete(operation_result{.error = ENOMEM});
  }
  file_->core->start_own(*file_, operation_ptr(job.release()));
  {
    const scoped_lock lock(mutex_);
    if (job_ == nullptr || job_->number != number) return;
    job_->is_started = true;
  }
  // Perhaps nobody waits any more.
  settle();
}

void tail_hub::finish(tail_wait& over, const std::int64_t* error) {
  {
    const participant_lock lock(mutex_, must_lock());
    if (job_ == &over) job_ = nullptr;
    if (error == nullptr) is_dropped_ = true;
  }
  if (error == nullptr) return drop_all();
  // The system has no thread or descriptor to wait with, or no memory.
  if (*error < 0 && *error != -ECANCELED) return fail(*error);
  wake_marked(0);
  settle();
}

// All are told before another job is begun: otherwise each job that fails would tell them all over
// again.
void tail_hub::fail(std::int64_t error) {
  const auto set_failing = [&](bool is_so) {
    const scoped_lock lock(mutex_);
    is_failing_ = is_so;
  };
  set_failing(true);
  wake_all(error);
  set_failing(false);
  settle();
}

void tail_hub::wake_all(std::int64_t error) {
  {
    const scoped_lock lock(mutex_);
    mark_all(nullptr);
  }
  wake_marked(error);
}

void tail_hub::wake_marked(std::int64_t error) {
  for (;;) {
    std::shared_ptr<void> kept;
    tail_follower* next = nullptr;
    bool is_due = false;
    {
      const scoped_lock lock(mutex_);
      if (woken_.empty()) return;
      next = &woken_.front();
      leave_list(*next);
      is_due = std::exchange(next->is_due_, false);
      kept = next->keep();
    }
    if (kept) next->wake(is_due, error);
  }
}

// Their handlers may own them.
void tail_hub::drop_all() noexcept {
  for (;;) {
    std::shared_ptr<void> kept;
    tail_follower* next = nullptr;
    {
      const participant_lock lock(mutex_, must_lock());
      for (tail_follower& each : all_) {
        if (!each.is_waiting() || !(kept = each.keep())) continue;
        next = &each;
        break;
      }
    }
    if (next == nullptr) return;
    next->set_waiting(false);
    next->drop();
  }
}

// The descriptors are shared with the parent, which would miss the events that the child reads.
void tail_hub::reset_in_child(operation_queue&) noexcept {
  watch_.reset();
  by_change_.clear();
  for (auto& [path, its] : directories_) {
    its.watch = -1;
    its.is_confirmed = false;
  }
  for (tail_follower& each : all_) {
    each.file_watch_ = each.next_watch_ = -1;
    each.name_key_ = 0;
  }
  job_ = nullptr;
  is_failing_ = false;
}

std::shared_ptr<tail_hub> tail_hub_of(const file_state_ptr& file) {
  service_core& core = *file->core;
  std::shared_ptr<tail_hub> found;
  const auto look = [&](const std::shared_ptr<tail_hub>& otherwise) {
    const core_lock lock(core.mutex());
    found = core.tails().lock();
    if (!found && otherwise) core.tails() = found = otherwise;
  };
  look(nullptr);
  if (!found) look(std::make_shared<fork_safe<tail_hub>>(file));
  return found;
}

}  // namespace asiofile::detail
