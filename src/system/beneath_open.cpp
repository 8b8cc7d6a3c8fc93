// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/beneath_open.hpp"

#include "system/beneath_walk.hpp"
#include "system/openat2.hpp"
#include "system/posix_calls.hpp"

#include <cerrno>

namespace asiofile::detail {

namespace {

// A rename anywhere in the system during the call makes openat2(2) fail for a path with "..".
constexpr int attempts_max = 16;

}  // namespace

std::int64_t open_beneath_by_kernel(int root, const char* path, int open_flags,
                                    std::uint32_t permissions) noexcept {
  return call_openat2(root, path, native_open_flags(open_flags), permissions,
                      resolve_flag::beneath | resolve_flag::no_magic_links);
}

std::int64_t open_beneath_in_kernel(int root, const std::string& path, int open_flags,
                                    std::uint32_t permissions) noexcept {
  std::int64_t result = -EAGAIN;
  for (int i = 0; i != attempts_max && result == -EAGAIN; ++i)
    result = open_beneath_by_kernel(root, path.c_str(), open_flags, permissions);
  // EPERM may come from a sandbox that does not know the call. If it is due to the file's own
  // permissions, the walk will fail with it as well.
  const bool is_missing = result == -ENOSYS || result == -EPERM;
  if (is_missing || result == -EAGAIN)
    return open_beneath_by_walk(root, path, open_flags, permissions);
  return result;
}

}  // namespace asiofile::detail
