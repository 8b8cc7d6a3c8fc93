// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Which symbolic links the kernel follows, for paths that the library walks itself, component by
// component.

#include <sys/stat.h>

namespace asiofile::detail {

// How many on one path at most (path_resolution(7); MAXSYMLINKS in Linux's include/linux/namei.h).
inline constexpr int links_followed_max = 40;

// Whether a link at the end of a path is followed (proc_sys_fs(5), protected_symlinks): in a sticky
// directory that everybody may write to, a link is followed only if it belongs to this process's
// user or to the directory's owner.
[[nodiscard]] bool may_follow(const struct stat& directory, const struct stat& link) noexcept;

// Whether the links in a directory are magic links, which lead to what a process has open, whatever
// their text says (proc(5)): those in /proc, except at its top, where links are plain ones.
[[nodiscard]] bool has_magic_links(int directory) noexcept;

}  // namespace asiofile::detail
