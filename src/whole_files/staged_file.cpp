// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/staged_file.hpp"

#include "system/forks.hpp"
#include "system/newer_calls.hpp"
#include "system/posix_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

// Short enough for every file system, and unlikely to exist; if it does, the caller retries with
// another.
std::string unlikely_name(system_calls& system) {
  const std::uint64_t bits = system.unlikely_number();
  char name[32];
  std::snprintf(name, sizeof name, ".asiofile-%016llx", static_cast<unsigned long long>(bits));
  return name;
}

// How often to examine a file that keeps changing before giving up.
constexpr int looks_max = 16;

bool is_same_time(const struct stat& one, const struct stat& other) noexcept {
#if defined(__APPLE__)
  const timespec& changed = one.st_ctimespec;
  const timespec& changed_then = other.st_ctimespec;
#else
  const timespec& changed = one.st_ctim;
  const timespec& changed_then = other.st_ctim;
#endif
  return changed.tv_sec == changed_then.tv_sec && changed.tv_nsec == changed_then.tv_nsec;
}

// Makes a call that may fail because memory is short.
template <typename Call>
std::int64_t or_no_memory(Call&& call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

}  // namespace

staged_file::staged_file() noexcept : forks_(forks_so_far()) {}

staged_file::~staged_file() { drop(); }

// ---- the original

std::int64_t staged_file::locate(const system_calls_ptr& system, int base,
                                 const std::string& path) noexcept {
  if (has_zero_byte(path)) return -EINVAL;
  const std::int64_t result =
      or_no_memory([&] { return find_location(system, base, path, target_, original_); });
  if (result < 0) return result;
  return original_.exists() && S_ISDIR(original_.status.st_mode) ? -EISDIR : 0;
}

std::int64_t staged_file::may_replace() const noexcept {
  if (!original_.exists()) return 0;
  if (!S_ISREG(original_.status.st_mode)) return -EOPNOTSUPP;
  const int directory = target_.directory.get();
  // Checked before making a file that could not be removed again.
  if (system().flags_at(directory, ".").append_only) return -EPERM;
  const std::int64_t result = system().may_write(original_.place.get());
  if (!may_be_missing(result)) return result;
  return may_open_original();
}

// By opening it, which every system has but which fails in more cases: a program that is being
// executed and a file with a lease may be replaced nevertheless.
std::int64_t staged_file::may_open_original() const noexcept {
  constexpr int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const std::int64_t fd = system().openat(target_.directory.get(), target_.name.c_str(), flags, 0);
  if (fd >= 0) system().close(static_cast<int>(fd));
  return fd >= 0 || fd == -ETXTBSY || fd == -EAGAIN ? 0 : fd;
}

// Finds the file that has the name now. If there is none any more, the rights of the last one are
// kept.
std::int64_t staged_file::see_original() noexcept {
  found_file now;
  const std::int64_t result = look(target_, now);
  if (result == -ELOOP) return -EEXIST;
  is_original_gone_ = result == 0 && !now.exists();
  if (result < 0 || is_original_gone_) return result;
  // A link that was put there meanwhile leads to something else, and must not be lost either.
  if (S_ISLNK(now.status.st_mode)) return -EEXIST;
  if (S_ISDIR(now.status.st_mode)) return -EISDIR;
  const bool is_same = now.is_same_as(original_.status) && original_.exists();
  original_ = std::move(now);
  return is_same ? 0 : may_replace();
}

std::int64_t staged_file::read_original(file_identity& found) const {
  const std::int64_t result = found.read(original_.place, original_.status);
  if (result != -EBADF) return result;
  // Without /proc, attributes can only be read from files that are open for reading or writing.
  owned_fd opened;
  const std::int64_t reopened = reopen(target_, original_, opened);
  return reopened < 0 ? reopened : found.read(opened, original_.status);
}

// Whether the name still belongs to the original, or still to no file, and the file has not changed
// since it was looked at.
bool staged_file::is_unchanged() const noexcept {
  struct stat now;
  const struct stat& then = original_.status;
  const std::int64_t result =
      system().fstatat(target_.directory.get(), target_.name.c_str(), now, AT_SYMLINK_NOFOLLOW);
  if (result < 0 || is_original_gone_) return result == -ENOENT && is_original_gone_;
  return original_.is_same_as(now) && now.st_mode == then.st_mode && now.st_uid == then.st_uid &&
         now.st_gid == then.st_gid && is_same_time(now, then);
}

// Makes sure that what several calls read is consistent.
std::int64_t staged_file::see_identity(file_identity& found) {
  for (int i = 0; i != looks_max; ++i) {
    std::int64_t result = see_original();
    if (result < 0 || !original_.exists()) return result;
    result = read_original(found);
    if (is_unchanged()) return result;
  }
  return -EBUSY;
}

std::int64_t staged_file::give_original(bool& changed) noexcept {
  changed = false;
  return or_no_memory([&] {
    file_identity wanted;
    std::int64_t result = see_identity(wanted);
    if (result < 0 || !original_.exists() || given_ == wanted) return result;
    changed = true;
    result = wanted.give_to(file_, creator_, given_ ? &*given_ : nullptr);
    given_ = std::move(wanted);
    return result;
  });
}

std::int64_t staged_file::keep_identity() noexcept {
  bool changed = false;
  return give_original(changed);
}

// ---- the new file

std::int64_t staged_file::create(mode_t mode, int open_flags) noexcept {
  if (original_.exists()) mode = owner_only;
  std::int64_t result = or_no_memory([&] {
    const std::int64_t made = create_unnamed(mode, open_flags);
    return made == -EOPNOTSUPP ? create_named(mode, open_flags) : made;
  });
  struct stat made;
  if (result == 0) result = system().fstat(file_.get(), made);
  if (result == 0) creator_ = made.st_uid;
  return result;
}

// -EOPNOTSUPP if the file system has no unnamed files, or they could not be given a name.
std::int64_t staged_file::create_unnamed(mode_t mode, int open_flags) {
  const std::int64_t fd =
      open_unnamed(system(), target_.directory.get(), ".", open_flags | O_CLOEXEC, mode);
  if (fd < 0) return fd;
  file_ = owned_fd(target_.directory.system(), fd);
  if (system().may_link_descriptor(file_.get())) return 0;
  static_cast<void>(file_.close());
  return -EOPNOTSUPP;
}

std::int64_t staged_file::create_named(mode_t mode, int open_flags) {
  // Its name could not be removed again.
  if (system().flags_at(target_.directory.get(), ".").append_only) return -EPERM;
  for (;;) {
    std::string name = unlikely_name(system());
    const std::int64_t fd = system().openat(target_.directory.get(), name.c_str(),
                                            open_flags | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd == -EEXIST) continue;
    // Linux creates the file before it finds that it cannot be opened with O_DIRECT.
    if (fd == -EINVAL) system().unlinkat(target_.directory.get(), name.c_str(), 0);
    if (fd < 0) return fd;
    file_ = owned_fd(target_.directory.system(), fd);
    temporary_name_ = std::move(name);
    return 0;
  }
}

// ---- names

std::int64_t staged_file::link_unnamed(const std::string& name) const {
  return system().link_descriptor(file_.get(), target_.directory.get(), name.c_str());
}

// linkat(2) does not replace a file, so a temporary name is needed that can be renamed.
std::int64_t staged_file::link_temporary() {
  for (;;) {
    std::string name = unlikely_name(system());
    const std::int64_t result = link_unnamed(name);
    if (result == -EEXIST) continue;
    if (result == 0) temporary_name_ = std::move(name);
    return result;
  }
}

std::int64_t staged_file::rename_to_new_name() noexcept {
  const int directory = target_.directory.get();
  constexpr unsigned int no_replace = 1;  // RENAME_NOREPLACE
  const std::int64_t result = system().renameat2(directory, temporary_name_.c_str(), directory,
                                                 target_.name.c_str(), no_replace);
  if (result == 0) {
    temporary_name_.clear();
    return 0;
  }
  if (result != -EINVAL && result != -ENOSYS) return result;
  // The temporary name is removed when this object is dropped.
  return system().linkat(directory, temporary_name_.c_str(), directory, target_.name.c_str(), 0);
}

std::int64_t staged_file::rename_to_old_name() noexcept {
  const int directory = target_.directory.get();
  const std::int64_t result =
      system().renameat(directory, temporary_name_.c_str(), directory, target_.name.c_str());
  if (result == 0) temporary_name_.clear();
  return result;
}

std::int64_t staged_file::take_new_name() noexcept {
  return temporary_name_.empty() ? link_unnamed(target_.name) : rename_to_new_name();
}

// The last look is as late as possible: a change that is made between it and the rename is lost.
std::int64_t staged_file::take_any_name(bool& changed) noexcept {
  changed = false;
  std::int64_t result = 0;
  if (original_.exists() && temporary_name_.empty())
    result = or_no_memory([&] { return link_temporary(); });
  if (result == 0) result = give_original(changed);
  if (result < 0 || changed) return result;
  if (original_.exists()) return rename_to_old_name();
  result = take_new_name();
  // Another process has made a file: its rights are preserved.
  changed = result == -EEXIST;
  return changed ? 0 : result;
}

std::int64_t staged_file::sync_directory() const noexcept {
  const int directory = target_.directory.get();
  const std::int64_t result = system().fsync(directory);
  if (result == 0) {
    // If xfs has shut down since the name was taken (because its log could not be written), the
    // rename is lost, but a sync of the directory finds nothing to do and reports success (seen on
    // Linux 6.18). It refuses this call.
    struct stat unused;
    return system().fstat(directory, unused);
  }
  // Some file systems cannot sync directories (fsync(2)).
  if (result == -EINVAL) return 0;
  // Open only with O_PATH: syncs the whole file system instead.
  return result == -EBADF ? system().syncfs(file_.get()) : result;
}

bool staged_file::is_forked_copy() const noexcept { return forks_ != forks_so_far(); }

void staged_file::drop() noexcept {
  // In a forked child the name still belongs to the parent.
  if (!temporary_name_.empty() && !is_forked_copy()) remove_temporary();
  temporary_name_.clear();
  static_cast<void>(file_.close());
  static_cast<void>(target_.directory.close());
}

void staged_file::remove_temporary() noexcept {
  const int directory = target_.directory.get();
  const std::int64_t result = system().unlinkat(directory, temporary_name_.c_str(), 0);
  if (result != -EPERM && result != -EACCES) return;
  // In a sticky directory only the owner may remove it, and it was given to another user.
  if (system().fchown(file_.get(), creator_, static_cast<gid_t>(-1)) == 0)
    system().unlinkat(directory, temporary_name_.c_str(), 0);
}

}  // namespace asiofile::detail
