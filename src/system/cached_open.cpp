// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/cached_open.hpp"

#include "system/file_look.hpp"
#include "system/first_look.hpp"
#include "system/newer_calls.hpp"
#include "system/openat2.hpp"
#include "system/owned_fd.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <asiofile/file_base.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>

namespace asiofile::detail {

namespace {

#if defined(O_PATH)

// The call or the flag does not exist, or a sandbox refuses it. Opening with O_PATH does not fail
// like this for other reasons.
bool is_refused(std::int64_t result) noexcept {
  return result == -ENOSYS || result == -EPERM || result == -EINVAL;
}

std::int64_t open_by_cache(const cached_open& what, int native_flags) noexcept {
  constexpr std::uint64_t beneath = resolve_flag::beneath | resolve_flag::no_magic_links;
  return call_openat2(what.base, what.path, native_flags, 0,
                      resolve_flag::cached | (what.is_beneath ? beneath : 0));
}

// Whether it is a regular file on a local file system whose facts are known.
bool is_ours(int fd, first_look& look, file_system_facts& its) noexcept {
  return look_without_waiting(fd, look) == 0 && S_ISREG(look.mode) &&
         known_file_systems().recall(look.file_system, its) && its.is_local && its.has_positions;
}

bool names_ours(const cached_open& what, first_look& look, file_system_facts& its) noexcept {
  static std::atomic<bool> is_missing = false;
  if (is_missing.load(std::memory_order_relaxed)) return false;
  const std::int64_t fd =
      open_by_cache(what, O_PATH | O_CLOEXEC | (what.open_flags & O_NOFOLLOW));
  if (is_refused(fd)) is_missing.store(true, std::memory_order_relaxed);
  const owned_fd place(kernel_calls(), fd);
  return place && is_ours(place.get(), look, its);
}

#endif

}  // namespace

bool can_open_cached(int open_flags) noexcept {
  constexpr auto none = static_cast<int>(file_base::create | file_base::exclusive |
                                         file_base::truncate | file_base::temporary |
                                         static_cast<file_base::flags>(O_DIRECTORY));
  return (open_flags & none) == 0;
}

std::int64_t open_cached([[maybe_unused]] const cached_open& what,
                         [[maybe_unused]] file_facts& facts,
                         [[maybe_unused]] file_status* status) noexcept {
#if defined(O_PATH)
  first_look look;
  file_system_facts its;
  if (!what.was_regular && !names_ours(what, look, its)) return -EAGAIN;
  const int flags = native_open_flags(what.open_flags);
  // Neither a FIFO's other end nor the holder of a lease (fcntl(2)) is waited for.
  owned_fd opened(kernel_calls(), open_by_cache(what, flags | O_NONBLOCK));
  if (!opened || !is_ours(opened.get(), look, its)) return -EAGAIN;
  if ((flags & O_NONBLOCK) == 0 && ::fcntl(opened.get(), F_SETFL, flags) == -1) return -EAGAIN;
  facts = facts_of_regular_file(opened.get(), flags, look, its);
  if (status != nullptr) *status = look.status;
  return opened.release();
#else
  return -EAGAIN;
#endif
}

}  // namespace asiofile::detail
