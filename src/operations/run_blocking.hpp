// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs any operation as plain system calls in the calling thread.

#include "operations/operation.hpp"

#include <asiofile/config.hpp>

#include <fcntl.h>

#include <cstdint>

namespace asiofile::detail {

class system_calls;

// Runs the next piece of an operation: usually one system call; for a job, a step. Returns what
// engines report: a count, a descriptor, a size or 0, or an errno value, negated; -EINTR if a
// signal interrupted it; for a job also `job::more` or `job::waits`.
//
// - read, write: of `transfer_bytes_max` bytes at most. If a write is complete and `links_sync` is
//   set, its sync follows, and `sync_result` says how that ended.
// - lock: one try, -EAGAIN if another open file has it.
// - open: `found` says what is known of the file. `paths`: the system whose files paths name; these
//   begin in its directory `base`. All other operations use the system of their descriptor.
// - close: does not remove the file from a ring's table.
[[nodiscard]] ASIOFILE_DECL std::int64_t run_blocking(operation& what,
                                                      system_calls& paths,
                                                      int base = AT_FDCWD) noexcept;

}  // namespace asiofile::detail
