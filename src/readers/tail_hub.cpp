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
#include <vector>

namespace asiofile::detail {

namespace {

// How often it is looked whether the paths of directories still lead to them.
constexpr std::chrono::seconds check_interval{5};
// A clock that moves only as far as the job pauses shall not miss those that begin to wait
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
      is_kernels_(system_ == kernel_calls()) {}

// To close an inotify descriptor may take a while.
tail_hub::~tail_hub() {
  if (watch_) file_->core->drop_on_worker(std::shared_ptr<change_watch>(std::move(watch_)));
}

// ---- followers

void tail_hub::add(tail_follower& next) noexcept {
  const scoped_lock lock(mutex_);
  all_.push_back(next);
}

void tail_hub::remove(tail_follower& gone) noexcept {
  const participant_lock lock(mutex_, must_lock());
  forget(gone.file_watch_, gone);
  forget(gone.next_watch_, gone);
  leave_directory(gone);
  if (gone.due_hook_.is_linked()) by_time_.erase(by_time_.iterator_to(gone));
  if (gone.woken_hook_.is_linked()) woken_.erase(woken_.iterator_to(gone));
  all_.erase(all_.iterator_to(gone));
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
  directory* const left = std::exchange(who.directory_, nullptr);
  if (left == nullptr) return;
  forget_key(who.name_key_, who);
  if (--left->followers != 0) return;
  lose(*left);
  std::erase_if(directories_, [&](const auto& each) { return &each.second == left; });
}

// Its watch is no good any more, or not needed. Another path may lead to the same directory.
void tail_hub::lose(directory& gone) noexcept {
  const int watch = std::exchange(gone.watch, -1);
  const auto is_it = [&](const auto& each) { return each.second.watch == watch; };
  if (watch_ && watch != -1 && must_lock() && std::ranges::none_of(directories_, is_it))
    watch_->forget(watch);
}

// ---- watching

tail_hub::watching tail_hub::watch(tail_follower& who, const std::string& path,
                                   const tail_file& file, bool has_name) {
  if (!is_kernels_) return watching::impossible;
  const scoped_lock lock(mutex_);
  if (!watch_) watch_ = make_change_watch();
  if (!watch_) return watching::impossible;
  bool is_new = false;
  // Both are tried, for what each of them tells.
  const bool has_directory = enter_directory(who, path, is_new);
  const bool has_file = enter_file(who, file, is_new);
  if (!has_directory || !has_file) return watching::impossible;
  if (has_name) forget(who.next_watch_, who);
  else enter_next(who, path, is_new);
  return is_new ? watching::begun : watching::under_way;
}

bool tail_hub::enter_directory(tail_follower& who, const std::string& path, bool& is_new) {
  // It may be watched anew since, by another follower.
  if (who.directory_ != nullptr && who.directory_->watch != -1 &&
      who.name_key_ == key_of(who.directory_->watch, name_in(path)))
    return true;
  leave_directory(who);
  const std::string parent = parent_of(path);
  directory& its = directories_[parent];
  ++its.followers;
  who.directory_ = &its;
  who.name_key_ = 0;
  if (its.watch == -1) {
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    const owned_fd fd(system_, system_->openat(file_->core->base(), parent.c_str(), flags, 0));
    struct stat found;
    if (!fd || system_->fstat(fd.get(), found) != 0) return false;
    // Of changes that others make on a server it would learn nothing.
    const file_system_id its_id = id_of_device(found.st_dev);
    if (!known_file_systems().look(*system_, fd.get(), its_id).is_local) return false;
    const std::int64_t watch = watch_->watch_directory(parent.c_str());
    if (watch < 0) return false;
    its.watch = static_cast<int>(watch);
    its.device = static_cast<std::uint64_t>(found.st_dev);
    its.inode = static_cast<std::uint64_t>(found.st_ino);
    if (directories_.size() == 1) next_check_ = now() + check_interval;
  }
  const std::uint64_t key = key_of(its.watch, name_in(path));
  by_change_.emplace(key, &who);
  who.name_key_ = key;
  is_new = true;
  return true;
}

// Without a file, the directory tells when there is one.
bool tail_hub::enter_file(tail_follower& who, const tail_file& file, bool& is_new) {
  if (!file.is_open()) {
    forget(who.file_watch_, who);
    return true;
  }
  struct stat found;
  if (system_->fstat(file.fd(), found) != 0) return false;
  const file_system_id its_id = id_of_device(found.st_dev);
  if (!known_file_systems().look(*system_, file.fd(), its_id).is_local) return false;
  // The same number for a file that is being watched: no other file has it meanwhile.
  const std::int64_t watch = watch_->watch_file(file.fd());
  if (watch == who.file_watch_) return true;
  forget(who.file_watch_, who);
  if (watch < 0) return false;
  by_change_.emplace(key_of(static_cast<int>(watch), {}), &who);
  who.file_watch_ = static_cast<int>(watch);
  is_new = true;
  return true;
}

// The one that will be read next, when it has data. There may be none yet.
void tail_hub::enter_next(tail_follower& who, const std::string& path, bool& is_new) {
  const std::int64_t watch = watch_->watch_file(path.c_str());
  if (watch == who.next_watch_) return;
  forget(who.next_watch_, who);
  if (watch < 0) return;
  by_change_.emplace(key_of(static_cast<int>(watch), {}), &who);
  who.next_watch_ = static_cast<int>(watch);
  is_new = true;
}

tail_hub::nanoseconds tail_hub::now() const noexcept {
  return is_kernels_ ? nanoseconds(clock::now().time_since_epoch()) : paused_time_;
}

void tail_hub::wake_after(tail_follower& who, std::optional<nanoseconds> pause) {
  const scoped_lock lock(mutex_);
  if (who.due_hook_.is_linked()) by_time_.erase(by_time_.iterator_to(who));
  who.is_due_ = false;
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
  try {
    check_directories();
  } catch (const std::bad_alloc&) {
    // The next time.
  }
  const scoped_lock lock(mutex_);
  paused_time_ += waited;
  take_changes();
  const nanoseconds time = now();
  while (!by_time_.empty() && by_time_.front().due_ <= time) {
    tail_follower& due = by_time_.front();
    by_time_.pop_front();
    mark(due, true);
  }
  if (!woken_.empty()) return std::nullopt;
  nanoseconds left = check_interval;
  if (!directories_.empty()) left = std::min(left, next_check_ - time);
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
      break;
    }
  }
}

// One that does not wait looks when it begins to.
void tail_hub::mark(tail_follower& woken, bool is_due) noexcept {
  if (!woken.is_waiting()) return;
  woken.is_due_ = woken.is_due_ || is_due;
  if (!woken.woken_hook_.is_linked()) woken_.push_back(woken);
}

void tail_hub::mark_by(std::uint64_t key) noexcept {
  const auto [first, last] = by_change_.equal_range(key);
  for (auto each = first; each != last; ++each) mark(*each->second, false);
}

void tail_hub::mark_all(const directory* of) noexcept {
  for (tail_follower& each : all_)
    if (of == nullptr || each.directory_ == of) mark(each, false);
}

// A directory of the path may have been renamed, or a symbolic link changed, which no watch tells.
// The system is asked without the mutex.
void tail_hub::check_directories() {
  std::vector<std::pair<std::string, directory>> checked;
  {
    const scoped_lock lock(mutex_);
    if (directories_.empty() || now() < next_check_) return;
    next_check_ = now() + check_interval;
    checked.assign(directories_.begin(), directories_.end());
  }
  for (const auto& [path, its] : checked) {
    if (its.watch == -1) continue;
    struct stat found;
    const bool is_there = system_->fstatat(file_->core->base(), path.c_str(), found, 0) == 0;
    if (is_there && static_cast<std::uint64_t>(found.st_dev) == its.device &&
        static_cast<std::uint64_t>(found.st_ino) == its.inode)
      continue;
    const scoped_lock lock(mutex_);
    const auto now_there = directories_.find(path);
    if (now_there == directories_.end() || now_there->second.watch != its.watch) continue;
    mark_all(&now_there->second);
    lose(now_there->second);
  }
}

// Has the job run while somebody waits.
void tail_hub::settle() noexcept {
  if (!must_lock()) return;
  std::unique_ptr<tail_wait> next;
  cancellation_handle called_off;
  {
    const scoped_lock lock(mutex_);
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
  wake_all(-ENOMEM);
}

void tail_hub::begin_waiting(std::unique_ptr<tail_wait> job) noexcept {
  const std::uint64_t number = job->number;
  try {
    job->handle = issue_handle(*file_, *job);
  } catch (const std::bad_alloc&) {
    return job.release()->complete(operation_result{.error = ENOMEM});
  }
  operation_ptr started(job.release());
  operation_result unwanted;
  static_cast<void>(file_->core->start(*file_, started, false, unwanted));
  {
    const scoped_lock lock(mutex_);
    if (job_ == nullptr || job_->number != number) return;
    job_->is_started = true;
  }
  // Nobody may be waiting any more by now.
  settle();
}

void tail_hub::finish(tail_wait& over, const std::int64_t* error) {
  {
    const participant_lock lock(mutex_, must_lock());
    if (job_ == &over) job_ = nullptr;
    if (error == nullptr) is_dropped_ = true;
  }
  if (error == nullptr) return drop_all();
  // The system has no thread to wait with, or no memory.
  if (*error < 0 && *error != -ECANCELED) return wake_all(*error);
  wake_marked(0);
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
      woken_.pop_front();
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

// The descriptors are the parent's, who would be told of less than it asked for.
void tail_hub::reset_in_child(operation_queue&) noexcept {
  watch_.reset();
  by_change_.clear();
  for (auto& [path, its] : directories_) its.watch = -1;
  for (tail_follower& each : all_) {
    each.file_watch_ = each.next_watch_ = -1;
    each.name_key_ = 0;
  }
  job_ = nullptr;
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
