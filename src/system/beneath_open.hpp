// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening a file beneath a directory of the kernel's file systems.

#include <asiofile/detail/file_access.hpp>

#include <fcntl.h>

#include <cstdint>
#include <string>

namespace asiofile::detail {

// For opening a directory that is only traversed.
#if defined(O_PATH)
inline constexpr int directory_place_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
#elif defined(O_SEARCH)
inline constexpr int directory_place_flags = O_SEARCH | O_DIRECTORY | O_CLOEXEC;
#else
inline constexpr int directory_place_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

// Returns a descriptor or an errno value, negated; -EXDEV if the path leads out of the directory
// `root`. By openat2(2), or by a walk if that is not available. `open_flags`: `file_base::flags`.
std::int64_t open_beneath_in_kernel(int root, const std::string& path, int open_flags,
                                    std::uint32_t permissions) noexcept;

// By openat2(2), since Linux 5.6; -ENOSYS on other systems. -EAGAIN if something was renamed or
// mounted at the same time.
std::int64_t open_beneath_by_kernel(int root, const char* path, int open_flags,
                                    std::uint32_t permissions = default_permissions) noexcept;

}  // namespace asiofile::detail
