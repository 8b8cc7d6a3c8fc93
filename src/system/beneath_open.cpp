// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/beneath_open.hpp"

#include "system/beneath_walk.hpp"
#include "system/posix_calls.hpp"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include <cerrno>

namespace asiofile::detail {

namespace {

// A rename anywhere in the system that comes between makes openat2(2) give up a path with "..".
constexpr int attempts_max = 16;

}  // namespace

std::int64_t open_beneath_by_kernel([[maybe_unused]] int root, [[maybe_unused]] const char* path,
                                    [[maybe_unused]] int open_flags,
                                    [[maybe_unused]] std::uint32_t permissions) noexcept {
#if defined(__linux__) && defined(SYS_openat2)
  // linux/openat2.h, which not every system has.
  struct {
    std::uint64_t flags;
    std::uint64_t mode;
    std::uint64_t resolve;
  } how{};
  constexpr std::uint64_t no_magic_links = 0x02;
  constexpr std::uint64_t beneath = 0x08;
  how.flags = static_cast<unsigned>(native_open_flags(open_flags));
  how.mode = (open_flags & O_CREAT) != 0 ? permissions : 0;
  how.resolve = beneath | no_magic_links;
  const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
  return fd == -1 ? -errno : fd;
#else
  return -ENOSYS;
#endif
}

std::int64_t open_beneath_in_kernel(int root, const std::string& path, int open_flags,
                                    std::uint32_t permissions) noexcept {
  std::int64_t result = -EAGAIN;
  for (int i = 0; i != attempts_max && result == -EAGAIN; ++i)
    result = open_beneath_by_kernel(root, path.c_str(), open_flags, permissions);
  // EPERM is what a sandbox says that does not know the call. If the file's own permissions say so,
  // the walk will hear it too.
  const bool is_missing = result == -ENOSYS || result == -EPERM;
  if (is_missing || result == -EAGAIN)
    return open_beneath_by_walk(root, path, open_flags, permissions);
  return result;
}

}  // namespace asiofile::detail
