// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening what may be a FIFO without waiting until its other end is open.

#include <sys/types.h>

#include <cstdint>

namespace asiofile::detail {

class system_calls;

[[nodiscard]] bool names_fifo(system_calls& system, int base, const char* path) noexcept;

// As open(2), with O_NONBLOCK, which the descriptor then has (`system_calls::set_blocking`).
// -EAGAIN if a FIFO is to be written and has no reader yet. A FIFO that is to be read is opened
// immediately: poll(2) reports it once it has had a writer, whereas read(2) would take the lack of
// one for the end.
[[nodiscard]] std::int64_t open_without_peer(system_calls& system, int base, const char* path,
                                             int flags, mode_t mode) noexcept;

}  // namespace asiofile::detail
