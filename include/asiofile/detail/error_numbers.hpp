// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace asiofile::detail {

// How the library reports an error to the templates: an errno value, or one of these, which the
// system has no number for.
inline constexpr int already_open = 1 << 20;
inline constexpr int end_of_file = already_open + 1;

}  // namespace asiofile::detail
