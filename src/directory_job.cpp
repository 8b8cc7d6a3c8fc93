#include "completion.hpp"
#include "posix_calls.hpp"
#include "status_conversion.hpp"

#include <asiofile/detail/directory_job.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <mutex>
#include <new>
#include <string_view>

namespace asiofile::detail {

namespace {

// So much of a directory is in memory at a time.
constexpr std::size_t entries_per_batch_max = 256;

DIR* open_stream(const char* path) noexcept {
  const int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd == -1) return nullptr;
  DIR* const stream = ::fdopendir(fd);
  if (stream == nullptr) {
    const int error = errno;
    ::close(fd);
    errno = error;
  }
  return stream;
}

directory_entry entry_from(const dirent& found) {
  directory_entry entry{found.d_name, file_type::unknown, found.d_ino};
#if defined(DTTOIF)
  entry.type = type_from(static_cast<unsigned>(DTTOIF(found.d_type)));
#endif
  return entry;
}

}  // namespace

// Used by the job that is its `user`; that and `is_open` are guarded by the state's mutex.
class open_directory {
 public:
  open_directory() = default;
  open_directory(const open_directory&) = delete;
  open_directory& operator=(const open_directory&) = delete;
  ~open_directory() {
    if (stream != nullptr) ::closedir(stream);
  }

  job* user = nullptr;
  bool is_open = false;

  DIR* stream = nullptr;
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
    refusal_ = current ? -EINPROGRESS : -EBADF;
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
  if (is_torn && directory_->stream != nullptr)
    close_descriptor(::dirfd(std::exchange(directory_->stream, nullptr)));
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
  do {
    directory_->stream = open_stream(path_.c_str());
  } while (directory_->stream == nullptr && errno == EINTR && !is_stopped());
  if (directory_->stream == nullptr) return errno == EINTR ? -ECANCELED : -errno;
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
    errno = 0;
    const dirent* const found = ::readdir(from.stream);
    if (found == nullptr) {
      if (errno == EINTR) continue;
      from.failure = errno;
      from.is_at_end = errno == 0;
      continue;
    }
    const std::string_view name = found->d_name;
    if (name != "." && name != "..") entries.push_back(entry_from(*found));
  }
  if (!entries.empty()) batch_.emplace(std::exchange(entries, {}));
  return batch_ ? 0 : -from.failure;
}

void directory_job::rewind_it() noexcept {
  ::rewinddir(directory_->stream);
  directory_->unread.clear();
  directory_->is_at_end = false;
  directory_->failure = 0;
}

}  // namespace asiofile::detail
