// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace asiofile::detail {

// How many calls of fork(2) lie between this process and the one that called this first. An object
// that has stored the number is a forked copy if it has changed. getpid(2) would show the same, but
// is a system call each time.
[[nodiscard]] unsigned forks_so_far() noexcept;

}  // namespace asiofile::detail
