#include "system/directory_stream.hpp"

#include "system/status_conversion.hpp"
#include "system/system_calls.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace asiofile::detail {

namespace {

directory_entry entry_from(const dirent& found) {
  directory_entry entry{found.d_name, file_type::unknown, found.d_ino};
#if defined(DTTOIF)
  entry.type = type_from(static_cast<unsigned>(DTTOIF(found.d_type)));
#endif
  return entry;
}

}  // namespace

directory_stream::~directory_stream() {
  if (stream_ != nullptr) ::closedir(stream_);
}

std::int64_t directory_stream::open(int base, const char* path) noexcept {
  owned_fd opened(system::openat(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return -errno;
  if (is_simulated(opened.get())) {
    simulated_ = std::move(opened);
    return 0;
  }
  stream_ = ::fdopendir(opened.get());
  if (stream_ == nullptr) return -errno;
  opened.release();
  return 0;
}

std::int64_t directory_stream::next(directory_entry& entry) {
  if (simulated_) return next_simulated(entry);
  for (;;) {
    errno = 0;
    const dirent* const found = ::readdir(stream_);
    if (found == nullptr) return -errno;
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") continue;
    entry = entry_from(*found);
    return 1;
  }
}

std::int64_t directory_stream::next_simulated(directory_entry& entry) {
  if (!is_listed_) {
    const auto its = simulation_of(simulated_.get());
    const std::int64_t result = its ? its->list(simulated_.get(), listed_) : -EBADF;
    if (result < 0) return result;
    is_listed_ = true;
  }
  if (next_ == listed_.size()) return 0;
  entry = listed_[next_++];
  return 1;
}

void directory_stream::rewind() noexcept {
  if (stream_ != nullptr) ::rewinddir(stream_);
  listed_.clear();
  next_ = 0;
  is_listed_ = false;
}

void directory_stream::give_up() noexcept {
  if (stream_ != nullptr) close_descriptor(::dirfd(std::exchange(stream_, nullptr)));
}

}  // namespace asiofile::detail
