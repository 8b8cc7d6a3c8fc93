// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening, without waiting, a local regular file whose names the kernel has in its caches:
// openat2(2) with RESOLVE_CACHED (Linux 5.12).

#include "system/file_facts.hpp"

#include <asiofile/file_status.hpp>

#include <cstdint>

namespace asiofile::detail {

struct cached_open {
  int base;
  const char* path;
  // `file_base::flags`, for which `can_open_cached` is true.
  int open_flags;
  // Nothing in the path leads out of `base`.
  bool is_beneath = false;
  // The path named such a file a moment ago.
  bool was_regular = false;
};

// Whether opening with these flags has no other effects.
[[nodiscard]] bool can_open_cached(int open_flags) noexcept;

// Returns a descriptor, or -EAGAIN for any failure: the worker that opens it then finds the reason.
//
// The path is first opened with O_PATH and examined, so that neither a FIFO nor a device is opened,
// nor a file on a remote file system, which would ask its server. That costs as much as the open
// itself, and is not done if the path named a regular file a moment ago. If something else has
// taken the name in between, it is closed again.
//
// For threads of a context: nothing here waits, except for a program that has requested to approve
// every opening (fanotify(7), FAN_OPEN_PERM).
[[nodiscard]] std::int64_t open_cached(const cached_open& what, file_facts& facts,
                                       file_status* status) noexcept;

}  // namespace asiofile::detail
