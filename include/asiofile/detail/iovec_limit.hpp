// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <climits>
#include <cstddef>

namespace asiofile::detail {

// readv(2): the kernel takes at most IOV_MAX (1,024 on Linux) buffers at a time. A longer
// sequence is transferred up to there, as a short transfer.
#if defined(IOV_MAX)
inline constexpr std::size_t iovec_count_max = IOV_MAX;
#else
inline constexpr std::size_t iovec_count_max = 1024;
#endif

}  // namespace asiofile::detail
