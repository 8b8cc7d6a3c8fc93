#include "service/descriptor.hpp"

#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <asiofile/file_base.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

bool has_no_device([[maybe_unused]] int fd) noexcept {
#if defined(__linux__)
  struct statfs found;
  return ::fstatfs(fd, &found) == 0 &&
         (found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC);
#else
  return false;
#endif
}

}  // namespace

descriptor::~descriptor() { close(); }

bool descriptor::adopt(int fd, ownership owner, int open_flags) noexcept {
  const int status = system::status_flags(fd);
  if (status == -1) return false;
  fd_ = fd;
  owner_ = owner;
  is_stream_ = detail::is_stream(fd);
  is_synced_on_close_ = (static_cast<unsigned>(open_flags) & file_base::sync_on_close) != 0;
  struct stat found;
  const bool is_known = system::fstat(fd, found) == 0;
  is_storage_ = is_known && (S_ISREG(found.st_mode) || S_ISBLK(found.st_mode));
  is_in_memory_ = is_known && S_ISREG(found.st_mode) && has_no_device(fd);
  status_flags_ = status;
  return true;
}

bool descriptor::is_synced_on_close() const noexcept {
  return is_synced_on_close_ && is_storage_ && (status_flags_ & O_ACCMODE) != O_RDONLY;
}

void descriptor::set_registered(std::shared_ptr<registry> with, std::uint16_t index) noexcept {
  registered_with_ = std::move(with);
  registered_index_ = index;
}

void descriptor::forget_registered() noexcept {
  registered_with_.reset();
  registered_index_ = registered_indices::none;
}

int descriptor::release() noexcept {
  if (registered_with_) registered_with_->remove_descriptor(registered_index_);
  forget_registered();
  return std::exchange(fd_, -1);
}

int descriptor::close() noexcept {
  const int fd = release();
  if (fd == -1 || !is_owned()) return 0;
  return close_descriptor(fd);
}

}  // namespace asiofile::detail
