// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/directory_stream.hpp"

#include "system/file_systems.hpp"
#include "system/owned_fd.hpp"
#include "system/status_conversion.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

class kernel_directory final : public directory_stream {
 public:
  ~kernel_directory() override {
    if (stream_ != nullptr) ::closedir(stream_);
  }

  std::int64_t open(system_calls& system, int base, const char* path) noexcept {
    owned_fd opened(::openat(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return -errno;
    stream_ = ::fdopendir(opened.get());
    if (stream_ == nullptr) return -errno;
    const int fd = opened.release();
    struct stat found;
    closes_quickly_ = ::fstat(fd, &found) == 0 &&
                      known_file_systems().look(system, fd, id_of_device(found.st_dev)).is_local;
    return 0;
  }

  std::int64_t next(directory_entry& entry) override {
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

  void rewind() noexcept override { ::rewinddir(stream_); }

  [[nodiscard]] bool closes_quickly() const noexcept override { return closes_quickly_; }

  void give_up() noexcept override { ::close(::dirfd(std::exchange(stream_, nullptr))); }

 private:
  DIR* stream_ = nullptr;
  bool closes_quickly_ = false;
};

}  // namespace

directory_stream::~directory_stream() = default;

std::int64_t open_kernel_directory(system_calls& system, int base, const char* path,
                                   std::unique_ptr<directory_stream>& opened) {
  auto made = std::make_unique<kernel_directory>();
  const std::int64_t result = made->open(system, base, path);
  if (result == 0) opened = std::move(made);
  return result;
}

}  // namespace asiofile::detail
