// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace asiofile::detail {

// How many calls of fork(2) lie between this process and the one that first asked. An object that
// keeps the number is a forked copy where it has changed. getpid(2) would tell as much, by a system
// call each time.
[[nodiscard]] unsigned forks_so_far() noexcept;

}  // namespace asiofile::detail
