// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening a file beneath a directory without a kernel call for it: one component after the other,
// each examined before it is entered.

#include <asiofile/detail/file_access.hpp>

#include <cstdint>
#include <string>

namespace asiofile::detail {

// Returns what openat2(2) returns with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS: a descriptor, or an
// errno value, negated; -EXDEV if the path leads out of the directory `root`. Holds one descriptor
// for each directory on the way.
//
// A concurrent rename cannot lead out: ".." returns to the directory from which the walk came. If a
// directory is moved out of the root while the walk is in it, the walk continues in it.
std::int64_t open_beneath_by_walk(int root, const std::string& path, int open_flags,
                                  std::uint32_t permissions = default_permissions) noexcept;

}  // namespace asiofile::detail
