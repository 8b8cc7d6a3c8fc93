// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Any operation as plain system calls of the thread that calls this.

#include "operations/operation.hpp"

#include <asiofile/config.hpp>

#include <fcntl.h>

#include <cstdint>

namespace asiofile::detail {

class system_calls;

// Runs the next piece of an operation: one system call, mostly; of a job a step. Returns what
// engines report: a count, a descriptor, a size or 0, or an errno value, negated; -EINTR where a
// signal interrupted it; of a job also `job::more` or `job::waits`.
//
// - read, write: of `transfer_bytes_max` bytes at most. Where a write is complete and `links_sync`
// is
//   set its sync follows, and `sync_result` says how that ended.
// - lock: one try, -EAGAIN where somebody else has it.
// - open: `found` says what is known of the file. `paths`: whose files paths name, which begin in
// its directory `base`; all other
//   operations use the system that their descriptor is of.
// - close: takes the file out of no table of a ring's.
[[nodiscard]] ASIOFILE_DECL std::int64_t run_blocking(operation& what,
                                                      system_calls& paths,
                                                      int base = AT_FDCWD) noexcept;

}  // namespace asiofile::detail
