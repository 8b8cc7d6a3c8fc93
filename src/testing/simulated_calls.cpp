// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "testing/simulated_calls.hpp"

#include "system/directory_stream.hpp"
#include "system/posix_calls.hpp"
#include "testing/memory_system.hpp"

#include <fcntl.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace asiofile::testing::detail {

namespace {

using asiofile::detail::directory_stream;
using asiofile::detail::kernel_calls;

mode_t mode_of(file_type type) noexcept {
  switch (type) {
    case file_type::directory: return S_IFDIR;
    case file_type::symbolic_link: return S_IFLNK;
    default: return S_IFREG;
  }
}

void fill(struct stat& found, const file_status& status) noexcept {
  found = {};
  found.st_mode = static_cast<mode_t>(mode_of(status.type) | status.permissions);
  found.st_ino = static_cast<ino_t>(status.inode);
  found.st_dev = static_cast<dev_t>(status.device);
  found.st_nlink = static_cast<nlink_t>(status.link_count);
  found.st_size = static_cast<off_t>(status.size);
}

std::size_t count_of(int count) noexcept { return static_cast<std::size_t>(count); }

// Reads all names when the first is asked for.
class listed_directory final : public directory_stream {
 public:
  listed_directory(std::shared_ptr<memory_system> files, int fd) noexcept
      : files_(std::move(files)), fd_(fd) {}
  ~listed_directory() override { files_->close(fd_); }

  std::int64_t next(directory_entry& entry) override {
    if (!names_) {
      names_.emplace();
      const std::int64_t result = files_->list(fd_, *names_);
      if (result < 0) {
        names_.reset();
        return result;
      }
    }
    if (next_ == names_->size()) return 0;
    entry = (*names_)[next_++];
    return 1;
  }

  void rewind() noexcept override {
    names_.reset();
    next_ = 0;
  }

  [[nodiscard]] bool closes_quickly() const noexcept override { return true; }

  // A child's copy of the files is its own.
  void give_up() noexcept override {}

 private:
  const std::shared_ptr<memory_system> files_;
  const int fd_;
  std::optional<std::vector<directory_entry>> names_;
  std::size_t next_ = 0;
};

}  // namespace

// ---- open files

std::int64_t simulated_calls::close(int fd) noexcept {
  return files_.has(fd) ? files_.close(fd) : kernel_calls()->close(fd);
}

std::int64_t simulated_calls::duplicate(int fd) noexcept {
  return files_.has(fd) ? files_.duplicate(fd) : kernel_calls()->duplicate(fd);
}

std::int64_t simulated_calls::readv(int fd, const iovec* buffers, int count) noexcept {
  return files_.has(fd) ? files_.read(fd, std::nullopt, buffers, count_of(count))
                        : kernel_calls()->readv(fd, buffers, count);
}

std::int64_t simulated_calls::writev(int fd, const iovec* buffers, int count) noexcept {
  return files_.has(fd) ? files_.write(fd, std::nullopt, buffers, count_of(count))
                        : kernel_calls()->writev(fd, buffers, count);
}

std::int64_t simulated_calls::preadv(int fd, const iovec* buffers, int count,
                                     off_t offset) noexcept {
  return files_.has(fd)
             ? files_.read(fd, static_cast<std::uint64_t>(offset), buffers, count_of(count))
             : kernel_calls()->preadv(fd, buffers, count, offset);
}

std::int64_t simulated_calls::pwritev(int fd, const iovec* buffers, int count,
                                      off_t offset) noexcept {
  return files_.has(fd)
             ? files_.write(fd, static_cast<std::uint64_t>(offset), buffers, count_of(count))
             : kernel_calls()->pwritev(fd, buffers, count, offset);
}

namespace {

// The position for preadv2(2) and pwritev2(2).
std::optional<std::uint64_t> position_of(off_t offset) noexcept {
  return offset == -1 ? std::nullopt : std::optional(static_cast<std::uint64_t>(offset));
}

}  // namespace

// There is no cache that `uncached` could bypass.
std::int64_t simulated_calls::preadv2(int fd, const iovec* buffers, int count, off_t offset,
                                      transfer_flags flags) noexcept {
  return files_.has(fd) ? files_.read(fd, position_of(offset), buffers, count_of(count))
                        : kernel_calls()->preadv2(fd, buffers, count, offset, flags);
}

std::int64_t simulated_calls::pwritev2(int fd, const iovec* buffers, int count, off_t offset,
                                       transfer_flags flags) noexcept {
  return files_.has(fd) ? files_.write(fd, position_of(offset), buffers, count_of(count), flags)
                        : kernel_calls()->pwritev2(fd, buffers, count, offset, flags);
}

std::int64_t simulated_calls::lseek(int fd, off_t offset, int whence) noexcept {
  return files_.has(fd) ? files_.seek(fd, offset, whence)
                        : kernel_calls()->lseek(fd, offset, whence);
}

std::int64_t simulated_calls::fsync(int fd) noexcept {
  return files_.has(fd) ? files_.sync(fd) : kernel_calls()->fsync(fd);
}

std::int64_t simulated_calls::fdatasync(int fd) noexcept {
  return files_.has(fd) ? files_.sync(fd) : kernel_calls()->fdatasync(fd);
}

std::int64_t simulated_calls::syncfs(int fd) noexcept {
  return files_.has(fd) ? files_.sync_everything(fd) : kernel_calls()->syncfs(fd);
}

std::int64_t simulated_calls::fallocate(int fd, space_change change, off_t offset,
                                        off_t length) noexcept {
  return files_.has(fd) ? files_.change_space(fd, change, static_cast<std::uint64_t>(offset),
                                              static_cast<std::uint64_t>(length))
                        : kernel_calls()->fallocate(fd, change, offset, length);
}

std::int64_t simulated_calls::set_lock(int fd, int type, off_t offset, off_t length) noexcept {
  return files_.has(fd) ? files_.set_lock(fd, type, static_cast<std::uint64_t>(offset),
                                          static_cast<std::uint64_t>(length))
                        : kernel_calls()->set_lock(fd, type, offset, length);
}

std::int64_t simulated_calls::fadvise(int fd, off_t offset, off_t length, int advice) noexcept {
  // A simulation has no cache to advise.
  return files_.has(fd) ? 0 : kernel_calls()->fadvise(fd, offset, length, advice);
}

// Like a file system that supports neither: a copy then consists of reads and writes in flight, to
// which the clock, the rules and a crash apply one by one.
std::int64_t simulated_calls::clone(int, int) noexcept { return -EOPNOTSUPP; }
std::int64_t simulated_calls::copy_file_range(int, int, off_t, std::size_t) noexcept {
  return -EOPNOTSUPP;
}

// The kernel does not know the simulated file: it is read.
std::int64_t simulated_calls::sendfile(int to, int from, off_t offset,
                                       std::size_t length) noexcept {
  return files_.has(from) ? -EINVAL : kernel_calls()->sendfile(to, from, offset, length);
}

std::int64_t simulated_calls::ftruncate(int fd, off_t size) noexcept {
  return files_.has(fd) ? files_.resize(fd, static_cast<std::uint64_t>(size))
                        : kernel_calls()->ftruncate(fd, size);
}

std::int64_t simulated_calls::status_flags(int fd) noexcept {
  return files_.has(fd) ? files_.status_flags(fd) : kernel_calls()->status_flags(fd);
}

// Nothing waits.
void simulated_calls::set_blocking(int fd) noexcept {
  if (!files_.has(fd)) kernel_calls()->set_blocking(fd);
}

std::int64_t simulated_calls::fstat(int fd, struct stat& found) noexcept {
  if (!files_.has(fd)) return kernel_calls()->fstat(fd, found);
  file_status status;
  const std::int64_t result = files_.status(fd, status);
  if (result == 0) fill(found, status);
  return result;
}

std::int64_t simulated_calls::status(int fd, file_status& found) noexcept {
  return files_.has(fd) ? files_.status(fd, found) : kernel_calls()->status(fd, found);
}

std::int64_t simulated_calls::fchmod(int fd, mode_t mode) noexcept {
  return files_.has(fd) ? files_.change_mode(fd, mode) : kernel_calls()->fchmod(fd, mode);
}

std::int64_t simulated_calls::fchown(int fd, uid_t owner, gid_t group) noexcept {
  // There are no users.
  return files_.has(fd) ? 0 : kernel_calls()->fchown(fd, owner, group);
}

std::int64_t simulated_calls::flistxattr(int fd, char* found, std::size_t size) noexcept {
  return files_.has(fd) ? -EOPNOTSUPP : kernel_calls()->flistxattr(fd, found, size);
}

std::int64_t simulated_calls::fgetxattr(int fd, const char* attribute, void* value,
                                        std::size_t size) noexcept {
  return files_.has(fd) ? -EOPNOTSUPP : kernel_calls()->fgetxattr(fd, attribute, value, size);
}

std::int64_t simulated_calls::fsetxattr(int fd, const char* attribute, const void* value,
                                        std::size_t size) noexcept {
  return files_.has(fd) ? -EOPNOTSUPP : kernel_calls()->fsetxattr(fd, attribute, value, size);
}

std::int64_t simulated_calls::fremovexattr(int fd, const char* attribute) noexcept {
  return files_.has(fd) ? -EOPNOTSUPP : kernel_calls()->fremovexattr(fd, attribute);
}

io_alignment simulated_calls::direct_alignment(int fd) noexcept {
  if (!files_.has(fd)) return kernel_calls()->direct_alignment(fd);
  return {files_.options.sector_bytes, files_.options.sector_bytes};
}

untorn_write_limits simulated_calls::untorn_writes(int fd) noexcept {
  return files_.has(fd) ? files_.untorn_writes() : kernel_calls()->untorn_writes(fd);
}

// Nothing waits. Not reported as in memory: otherwise it would be read without faults and clock.
file_system_facts simulated_calls::file_system(int fd) noexcept {
  if (!files_.has(fd)) return kernel_calls()->file_system(fd);
  return {.is_local = true};
}

// ---- names

std::int64_t simulated_calls::openat(int base, const char* path, int flags, mode_t mode) noexcept {
  return files_.open(base, path, flags, mode);
}

std::int64_t simulated_calls::open_beneath(int root, const std::string& path,
                                           int open_flags,
                                           std::uint32_t permissions) noexcept {
  const int flags = asiofile::detail::native_open_flags(open_flags);
  return files_.open(root, path.c_str(), flags, permissions, reach::beneath);
}

std::int64_t simulated_calls::open_place(int base, const char* name) noexcept {
  return files_.open(base, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
}

std::int64_t simulated_calls::link_descriptor(int fd, int to_base, const char* to) noexcept {
  return files_.link_descriptor(fd, to_base, to);
}

bool simulated_calls::may_link_descriptor(int fd) noexcept { return files_.has(fd); }

std::int64_t simulated_calls::open_directory(int base, const char* path,
                                             std::unique_ptr<directory_stream>& opened) {
  const std::int64_t fd = files_.open(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  opened = std::make_unique<listed_directory>(files_.shared_from_this(), static_cast<int>(fd));
  return 0;
}

std::int64_t simulated_calls::fstatat(int base, const char* path, struct stat& found,
                                      int flags) noexcept {
  file_status status;
  const bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
  const std::int64_t result = files_.path_status(base, path, follow, status);
  if (result == 0) fill(found, status);
  return result;
}

std::int64_t simulated_calls::path_status(int base, const char* path, bool follow,
                                          file_status& found) noexcept {
  return files_.path_status(base, path, follow, found);
}

// There are no users: whatever exists may be used.
std::int64_t simulated_calls::may_write(int fd) noexcept {
  return files_.has(fd) ? 0 : kernel_calls()->may_write(fd);
}

asiofile::detail::inode_flags simulated_calls::flags_at(int, const char*) noexcept { return {}; }

bool simulated_calls::has_magic_links(int) noexcept { return false; }

std::int64_t simulated_calls::renameat(int from_base, const char* from, int to_base,
                                       const char* to) noexcept {
  return files_.rename(from_base, from, to_base, to, 0);
}

std::int64_t simulated_calls::renameat2(int from_base, const char* from, int to_base,
                                        const char* to, unsigned flags) noexcept {
  return files_.rename(from_base, from, to_base, to, flags);
}

std::int64_t simulated_calls::unlinkat(int base, const char* path, int flags) noexcept {
  return files_.remove(base, path, (flags & AT_REMOVEDIR) != 0);
}

std::int64_t simulated_calls::mkdirat(int base, const char* path, mode_t mode) noexcept {
  // As on Linux: only chmod(2) sets the set-ID bits (mkdir(2)).
  return files_.make_directory(base, path, mode & (S_ISVTX | 0777));
}

std::int64_t simulated_calls::linkat(int from_base, const char* from, int to_base, const char* to,
                                     int) noexcept {
  return files_.link(from_base, from, to_base, to);
}

std::int64_t simulated_calls::symlinkat(const char* target, int base, const char* path) noexcept {
  return files_.make_symlink(target, base, path);
}

std::int64_t simulated_calls::readlinkat(int base, const char* path, char* into,
                                         std::size_t size) noexcept {
  return files_.read_symlink(base, path, into, size);
}

std::uint64_t simulated_calls::unlikely_number() noexcept { return files_.unlikely_number(); }

}  // namespace asiofile::testing::detail
