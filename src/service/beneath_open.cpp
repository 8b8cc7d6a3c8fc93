// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "service/beneath_open.hpp"

#include "service/file_guard.hpp"
#include "service/transfer.hpp"
#include "system/beneath_open.hpp"
#include "system/cached_open.hpp"
#include "system/confined_calls.hpp"
#include "system/fifo_open.hpp"
#include "system/posix_calls.hpp"
#include "system/regular_open.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace asiofile::detail {

namespace {

// Other flags would have an effect with one way of opening and none with the other.
constexpr unsigned known_flags =
    O_ACCMODE | file_base::append | file_base::create | file_base::exclusive | file_base::truncate |
    file_base::sync_all_on_write | file_base::direct | file_base::sync_on_close |
    O_DIRECTORY | file_base::non_blocking | file_base::no_follow | file_base::regular_only;

constexpr bool is_known(int open_flags) noexcept {
  return (static_cast<unsigned>(open_flags) & ~known_flags) == 0;
}

class beneath_open final : public job {
 public:
  beneath_open(beneath_root_ptr root, const std::string& path, file_base::flags flags,
               std::uint32_t permissions)
      : root_(std::move(root)),
        path_(path),
        flags_(static_cast<int>(flags)),
        permissions_(permissions) {}

  [[nodiscard]] bool may_try_now() const noexcept override {
    return can_open_cached(flags_) && is_known(flags_) && are_permissions(permissions_) &&
           system()->has_nowait() &&
           root_->local_fd() != -1 && !has_zero_byte(path_);
  }

  std::int64_t try_now(file_facts& found, file_status* status) noexcept override {
    return open_cached({.base = root_->local_fd(),
                        .path = path_.c_str(),
                        .open_flags = flags_,
                        .is_beneath = true},
                       found, status);
  }

 private:
  std::int64_t step() noexcept override {
    const std::int64_t result = may_wait() ? open_and_wait() : open_at_once();
    // Here, and not in the destructor, which runs on a thread of the context: it may close a
    // directory.
    if (result != waits) root_.reset();
    return result;
  }

  std::int64_t open(int added_flags) const noexcept {
    return detail::open_beneath(system(), base(), *root_, path_, flags_, permissions_,
                                added_flags);
  }

  std::int64_t open_and_wait() const noexcept {
    std::int64_t result = -EINTR;
    while (result == -EINTR && !is_stopped()) result = open(0);
    return result == -EINTR ? -ECANCELED : result;
  }

  // Does not wait for a FIFO's other end: the step is repeated instead.
  std::int64_t open_at_once() noexcept {
    if (is_stopped()) return -ECANCELED;
    if (!may_wait_for_peer(flags_)) return open_and_wait();
    const std::int64_t fd = open(O_NONBLOCK);
    // Also returned for a socket, or a device that is not there.
    if (fd == -ENXIO && names_fifo()) return after_a_while();
    // Another process has a lease on the file and is being asked to give it up (fcntl(2)).
    if (fd == -EAGAIN) return open_and_wait();
    if (fd >= 0) system()->set_blocking(static_cast<int>(fd));
    return fd;
  }

  [[nodiscard]] bool names_fifo() const noexcept {
#if defined(O_PATH)
    const owned_fd found(
        system(), detail::open_beneath(system(), base(), *root_, path_, O_RDONLY, 0, O_PATH));
    struct stat status;
    return found && system()->fstat(found.get(), status) == 0 && S_ISFIFO(status.st_mode);
#else
    return false;
#endif
  }

  beneath_root_ptr root_;
  const std::string path_;
  const int flags_;
  const std::uint32_t permissions_;
};

}  // namespace

std::int64_t beneath_root::fd(const system_calls_ptr& system, int base,
                              owned_fd& opened) const noexcept {
  if (error_ != 0) return -error_;
  if (directory_) return directory_.system() == system ? directory_.get() : -EBADF;
  if (has_zero_byte(path_)) return -EINVAL;
  const std::int64_t fd = system->openat(base, path_.c_str(), directory_place_flags, 0);
  if (fd >= 0) opened = owned_fd(system, fd);
  return fd;
}

std::int64_t open_beneath(const system_calls_ptr& system, int base, const beneath_root& root,
                          const std::string& path, int open_flags, std::uint32_t permissions,
                          int added_flags) noexcept {
  // A path with a zero byte inside would name another file.
  if (!is_known(open_flags) || has_zero_byte(path) ||
      !are_permissions(permissions))
    return -EINVAL;
  owned_fd opened;
  const std::int64_t directory = root.fd(system, base, opened);
  if (directory < 0) return directory;
  const auto open = [&](int flags) {
    return system->open_beneath(static_cast<int>(directory), path, open_flags | flags, permissions);
  };
  if (!is_regular_only(open_flags) || added_flags != 0) return open(added_flags);
  return open_regular(
      *system, open_flags,
      [&](struct stat& found) -> std::int64_t {
#if defined(O_PATH)
        constexpr int known = O_CLOEXEC | O_NOFOLLOW;
        const owned_fd place(system, system->open_beneath(static_cast<int>(directory), path,
                                                          O_PATH | (open_flags & known), 0));
        return place ? system->fstat(place.get(), found) : -ENOENT;
#else
        static_cast<void>(found);
        return -ENOSYS;
#endif
      },
      open);
}

beneath_root_ptr make_beneath_root(const file_state* directory) {
  std::optional<descriptor_use> used;
  if (directory != nullptr) used.emplace(*directory);
  if (!used || !*used) return std::make_shared<beneath_root>(owned_fd(), EBADF);
  const std::int64_t own = used->system().duplicate(used->fd());
  if (own < 0) return std::make_shared<beneath_root>(owned_fd(), static_cast<int>(-own));
  return std::make_shared<beneath_root>(owned_fd(directory->core->system(), own), 0,
                                        used->facts().is_local);
}

beneath_root_ptr make_beneath_root(const std::string& path) {
  return std::make_shared<beneath_root>(path);
}

int open_beneath(file_state& file, const beneath_root_ptr& root, const std::string& path,
                 file_base::flags flags, std::uint32_t permissions) {
  if (const int error = check_closed(file)) return error;
  const service_core& core = *file.core;
  const std::int64_t fd = detail::open_beneath(core.system(), core.base(), *root, path,
                                               static_cast<int>(flags), permissions);
  return fd < 0 ? static_cast<int>(-fd) : take_opened(file, static_cast<int>(fd), flags);
}

void begin_beneath(job& task, const file_state& directory) {
  const descriptor_use used(directory);
  task.begin_beneath(make_confined_calls(directory.core->system(), used.shared()),
                     used ? used.fd() : -1);
}

std::shared_ptr<job> make_beneath_open(beneath_root_ptr root, const std::string& path,
                                       file_base::flags flags, std::uint32_t permissions) {
  return std::make_shared<beneath_open>(std::move(root), path, flags, permissions);
}

}  // namespace asiofile::detail
