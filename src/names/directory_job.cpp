#include "operations/completion.hpp"
#include "system/directory_stream.hpp"
#include "system/posix_calls.hpp"

#include <asiofile/detail/directory_job.hpp>

#include <cerrno>
#include <cstddef>
#include <mutex>
#include <new>

namespace asiofile::detail {

namespace {

// So much of a directory is in memory at a time.
constexpr std::size_t entries_per_batch_max = 256;

}  // namespace

// Used by the job that is its `user`; that and `is_open` are guarded by the state's mutex.
class open_directory {
 public:
  open_directory() = default;
  open_directory(const open_directory&) = delete;
  open_directory& operator=(const open_directory&) = delete;

  job* user = nullptr;
  bool is_open = false;

  directory_stream stream;
  // Read but not yet given to anybody: the reading was cancelled, or failed after them.
  std::vector<directory_entry> unread;
  bool is_at_end = false;
  // An errno value: entries may be missing since, so that nothing more is read.
  int failure = 0;
};

class directory_state {
 public:
  std::mutex mutex;
  // Null: closed.
  std::shared_ptr<open_directory> current;
};

directory_state_ptr make_directory_state() { return std::make_shared<directory_state>(); }

bool is_open(directory_state& state) noexcept {
  const std::lock_guard lock(state.mutex);
  return state.current && state.current->is_open;
}

void close(directory_state& state) noexcept {
  // The last reference is dropped without the mutex: it closes the descriptor.
  std::shared_ptr<open_directory> left;
  const std::lock_guard lock(state.mutex);
  left = std::move(state.current);
  if (left && left->user != nullptr) left->user->stop();
}

directory_job::directory_job(directory_state_ptr state, directory_step what,
                             const std::string& path)
    : state_(std::move(state)), what_(what), path_(path) {
  const std::lock_guard lock(state_->mutex);
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
  // Opened in vain, it is dropped without the mutex.
  std::shared_ptr<open_directory> left;
  const std::lock_guard lock(state_->mutex);
  directory_->user = nullptr;
  // A thread of the parent's may have been using this copy's original: it is given up.
  const bool is_torn = is_forked_copy() && has_begun();
  if (is_torn) directory_->stream.give_up();
  const bool is_usable = directory_->is_open && !is_torn;
  if (!is_usable && state_->current == directory_) left = std::move(state_->current);
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

std::int64_t directory_job::open_it() noexcept {
  // It would name another directory.
  if (has_zero_byte(path_)) return -EINVAL;
  std::int64_t opened;
  do {
    opened = directory_->stream.open(base(), path_.c_str());
  } while (opened == -EINTR && !is_stopped());
  if (opened < 0) return opened == -EINTR ? -ECANCELED : opened;
  const std::lock_guard lock(state_->mutex);
  // Closed meanwhile.
  if (state_->current != directory_) return -ECANCELED;
  directory_->is_open = true;
  return 0;
}

std::int64_t directory_job::read_batch() {
  open_directory& from = *directory_;
  std::vector<directory_entry>& entries = from.unread;
  while (entries.size() != entries_per_batch_max && !from.is_at_end && from.failure == 0) {
    // What was read so far is for the next call.
    if (is_stopped()) return -ECANCELED;
    directory_entry entry;
    const std::int64_t found = from.stream.next(entry);
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
  directory_->stream.rewind();
  directory_->unread.clear();
  directory_->is_at_end = false;
  directory_->failure = 0;
}

}  // namespace asiofile::detail
