// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/directory_job.hpp"

#include "operations/completion.hpp"
#include "service/fork_participants.hpp"
#include "service/service_core.hpp"
#include "system/directory_stream.hpp"
#include "system/posix_calls.hpp"

#include <cerrno>
#include <cstddef>
#include <new>

namespace asiofile::detail {

namespace {

// How many entries of a directory are in memory at a time.
constexpr std::size_t entries_per_batch_max = 256;

}  // namespace

// Used by the job that is its `user`; that, `is_open` and `closes_quickly` are guarded by the
// state's mutex.
class open_directory {
 public:
  open_directory() = default;
  open_directory(const open_directory&) = delete;
  open_directory& operator=(const open_directory&) = delete;

  job* user = nullptr;
  bool is_open = false;
  bool closes_quickly = false;

  std::unique_ptr<directory_stream> stream;
  // Read but not delivered yet: the call was cancelled, or failed after reading them.
  std::vector<directory_entry> unread;
  bool is_at_end = false;
  // An errno value. Entries may have been missed since then, so nothing more is read.
  int failure = 0;
};

class directory_state : public fork_participant {
 public:
  explicit directory_state(std::shared_ptr<service_core> service) noexcept
      : fork_participant(service->participants()), service_(std::move(service)) {}

  using fork_participant::mutex_;
  using fork_participant::must_lock;

  [[nodiscard]] service_core& service() const noexcept { return *service_; }

  // Null: closed.
  std::shared_ptr<open_directory> current ASIOFILE_GUARDED_BY(mutex_);

 private:
  void reset_in_child(operation_queue&) noexcept override ASIOFILE_REQUIRES(mutex_);

  // Owns the list of participants.
  const std::shared_ptr<service_core> service_;
};

// A job that another thread was running would keep the directory forever. If the service has the
// job, it ends by itself.
void directory_state::reset_in_child(operation_queue&) noexcept {
  if (!current || current->user == nullptr) return;
  if (current->user->has_begun()) static_cast<void>(current->stream.release());
  current.reset();
}

directory_state_ptr make_directory_state(const std::shared_ptr<service_core>& service) {
  return std::make_shared<fork_safe<directory_state>>(service);
}

bool is_open(const directory_state& state) noexcept {
  const scoped_lock lock(state.mutex_);
  return state.current && state.current->is_open;
}

void close(directory_state& state) noexcept {
  std::shared_ptr<open_directory> left;
  {
    const participant_lock lock(state.mutex_, state.must_lock());
    left = std::move(state.current);
    if (left && left->user != nullptr) left->user->stop();
  }
  // Also called by the reader's destructor, on a thread of the context, which does not wait.
  if (left && !left->closes_quickly) state.service().drop_on_worker(std::move(left));
}

std::shared_ptr<job> make_directory_job(const directory_state_ptr& state, directory_step what,
                                        const std::string& path) {
  return std::make_shared<directory_job>(state, what, path);
}

std::optional<std::vector<directory_entry>> take_batch(job& next) {
  return static_cast<directory_job&>(next).take_batch();
}

directory_job::directory_job(directory_state_ptr state, directory_step what,
                             const std::string& path)
    : state_(std::move(state)), what_(what), path_(path) {
  const scoped_lock lock(state_->mutex_);
  std::shared_ptr<open_directory>& current = state_->current;
  if (what == directory_step::open) {
    if (current) {
      refusal_ = -already_open;
      return;
    }
    current = std::make_shared<open_directory>();
  } else if (!current || current->user != nullptr) {
    refusal_ = current ? -EALREADY : -EBADF;
    return;
  }
  directory_ = current;
  directory_->user = this;
}

directory_job::~directory_job() {
  if (!directory_) return;
  {
    const participant_lock lock(state_->mutex_, state_->must_lock());
    directory_->user = nullptr;
    // A thread of the parent may have been using it at the time of the fork: it is abandoned.
    const bool is_torn = is_forked_copy() && has_begun();
    if (is_torn && directory_->stream) directory_->stream->give_up();
    const bool is_usable = directory_->is_open && !is_torn;
    if (!is_usable && state_->current == directory_) state_->current.reset();
  }
  // If opening failed, or it was closed meanwhile, this is the last reference.
  if (directory_.use_count() == 1 && !directory_->closes_quickly)
    state_->service().drop_on_worker(std::move(directory_));
}

std::string_view directory_job::name() const noexcept {
  switch (what_) {
    case directory_step::open: return "open_directory";
    case directory_step::next: return "list_directory";
    case directory_step::rewind: return "rewind_directory";
  }
  return job::name();
}

std::int64_t directory_job::step() noexcept {
  if (refusal_ != 0) return refusal_;
  if (is_stopped()) return -ECANCELED;
  try {
    switch (what_) {
      case directory_step::open: return open_it();
      case directory_step::next: return read_batch();
      case directory_step::rewind: rewind_it(); return 0;
    }
  } catch (const std::bad_alloc&) {
    directory_->failure = ENOMEM;
  }
  return -ENOMEM;
}

std::int64_t directory_job::open_it() {
  // It would name another directory.
  if (has_zero_byte(path_)) return -EINVAL;
  std::int64_t opened;
  do {
    opened = system()->open_directory(base(), path_.c_str(), directory_->stream);
  } while (opened == -EINTR && !is_stopped());
  if (opened < 0) return opened == -EINTR ? -ECANCELED : opened;
  const scoped_lock lock(state_->mutex_);
  // Closed meanwhile.
  if (state_->current != directory_) return -ECANCELED;
  directory_->is_open = true;
  directory_->closes_quickly = directory_->stream->closes_quickly();
  return 0;
}

std::int64_t directory_job::read_batch() {
  open_directory& from = *directory_;
  std::vector<directory_entry>& entries = from.unread;
  while (entries.size() != entries_per_batch_max && !from.is_at_end && from.failure == 0) {
    // What was read so far is for the next call.
    if (is_stopped()) return -ECANCELED;
    directory_entry entry;
    const std::int64_t found = from.stream->next(entry);
    if (found == -EINTR) continue;
    if (found > 0) {
      entries.push_back(std::move(entry));
      continue;
    }
    from.failure = static_cast<int>(-found);
    from.is_at_end = found == 0;
  }
  if (!entries.empty()) batch_.emplace(std::exchange(entries, {}));
  return batch_ ? 0 : -from.failure;
}

void directory_job::rewind_it() noexcept {
  directory_->stream->rewind();
  directory_->unread.clear();
  directory_->is_at_end = false;
  directory_->failure = 0;
}

}  // namespace asiofile::detail
