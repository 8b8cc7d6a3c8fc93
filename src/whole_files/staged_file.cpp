#include "whole_files/staged_file.hpp"

#include "system/system_calls.hpp"
#include "whole_files/file_identity.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

// Short enough wherever a name can be, and not likely to exist: whoever uses it tries again.
std::string unlikely_name(int directory) {
  const std::uint64_t bits = system::unlikely_number(directory);
  char name[32];
  std::snprintf(name, sizeof name, ".asiofile-%016llx", static_cast<unsigned long long>(bits));
  return name;
}

std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

staged_file::staged_file() noexcept : process_(::getpid()) {}

staged_file::~staged_file() { drop(); }

std::int64_t staged_file::locate(int base, const std::string& path) noexcept {
  if (has_zero_byte(path)) return -EINVAL;
  // The kernel follows the links first: it refuses those that are not to be trusted (proc(5),
  // protected_symlinks).
  struct stat found;
  if (system::fstatat(base, path.c_str(), found, 0) == 0) {
    if (S_ISDIR(found.st_mode)) return -EISDIR;
    original_ = found;
  } else if (errno != ENOENT) {
    return -errno;
  }
  try {
    return find_location(base, path, target_);
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

std::int64_t staged_file::may_replace() const noexcept {
  if (!original_) return 0;
  if (!S_ISREG(original_->st_mode)) return -EOPNOTSUPP;
  return or_error(
      system::faccessat(target_.directory.get(), target_.name.c_str(), W_OK, AT_EACCESS));
}

std::int64_t staged_file::create(mode_t mode) noexcept {
  constexpr mode_t owner_only = S_IRUSR | S_IWUSR;
  if (original_) mode = owner_only;
  try {
    const std::int64_t result = create_unnamed(mode);
    return result == -EOPNOTSUPP ? create_named(mode) : result;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

// -EOPNOTSUPP where the file system has no unnamed files, or they could not be given a name.
std::int64_t staged_file::create_unnamed([[maybe_unused]] mode_t mode) {
#if defined(O_TMPFILE)
  const int fd =
      system::openat(target_.directory.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
  // EISDIR: a kernel or file system that takes it for opening a directory (open(2), "Bugs").
  if (fd == -1)
    return errno == EISDIR || errno == EINVAL || errno == ENOENT ? -EOPNOTSUPP : -errno;
  file_.adopt(fd);
  if (::faccessat(AT_FDCWD, path_of(fd).c_str(), F_OK, 0) == 0) return 0;
  static_cast<void>(file_.close());
#endif
  return -EOPNOTSUPP;
}

std::int64_t staged_file::create_named(mode_t mode) {
  for (;;) {
    std::string name = unlikely_name(target_.directory.get());
    const int fd = system::openat(target_.directory.get(), name.c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd == -1 && errno == EEXIST) continue;
    if (fd == -1) return -errno;
    file_.adopt(fd);
    temporary_name_ = std::move(name);
    return 0;
  }
}

void staged_file::keep_identity() const noexcept {
  if (original_)
    detail::keep_identity(file_.get(), target_.directory.get(), target_.name, *original_);
}

// linkat(2): the way that needs no privilege.
std::int64_t staged_file::link_unnamed(const std::string& name) const {
  return or_error(system::linkat(AT_FDCWD, path_of(file_.get()).c_str(), target_.directory.get(),
                           name.c_str(), AT_SYMLINK_FOLLOW));
}

// A link does not replace a file, so that a name is needed which can be renamed.
std::int64_t staged_file::link_temporary() {
  for (;;) {
    std::string name = unlikely_name(target_.directory.get());
    const std::int64_t result = link_unnamed(name);
    if (result == -EEXIST) continue;
    if (result == 0) temporary_name_ = std::move(name);
    return result;
  }
}

std::int64_t staged_file::rename_to_new_name() noexcept {
  const int directory = target_.directory.get();
  constexpr unsigned int no_replace = 1;  // RENAME_NOREPLACE
  if (system::renameat2(directory, temporary_name_.c_str(), directory, target_.name.c_str(),
                        no_replace) == 0) {
    temporary_name_.clear();
    return 0;
  }
  if (errno != EINVAL && errno != ENOSYS) return -errno;
  // The temporary name goes when this one is dropped.
  return or_error(
      system::linkat(directory, temporary_name_.c_str(), directory, target_.name.c_str(), 0));
}

std::int64_t staged_file::take_name(taking which) noexcept {
  try {
    const bool is_unnamed = temporary_name_.empty();
    if (which == taking::new_name)
      return is_unnamed ? link_unnamed(target_.name) : rename_to_new_name();
    const std::int64_t linked = is_unnamed ? link_temporary() : 0;
    if (linked != 0) return linked;
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
  const int directory = target_.directory.get();
  if (system::renameat(directory, temporary_name_.c_str(), directory, target_.name.c_str()) == -1)
    return -errno;
  temporary_name_.clear();
  return 0;
}

std::int64_t staged_file::sync_directory() const noexcept {
  const int directory = target_.directory.get();
  if (system::fsync(directory) == 0) {
    // xfs that has shut down since the name was taken (its log could not be written) has lost that,
    // finds nothing left to sync in the directory, and reports success (seen on Linux 6.18). It
    // refuses this.
    struct stat unused;
    return or_error(system::fstat(directory, unused));
  }
  // Some file systems have no way to do it for directories alone (fsync(2)).
  if (errno == EINVAL) return 0;
#if defined(__linux__)
  // Open as a place only: the whole file system, then.
  if (errno == EBADF) return or_error(::syncfs(file_.get()));
#endif
  return -errno;
}

void staged_file::drop() noexcept {
  // In a forked child the name is still the parent's.
  if (!temporary_name_.empty() && process_ == ::getpid())
    system::unlinkat(target_.directory.get(), temporary_name_.c_str(), 0);
  temporary_name_.clear();
  static_cast<void>(file_.close());
}

}  // namespace asiofile::detail
