// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening, without waiting, a regular file of this machine whose names the kernel has in its
// caches: openat2(2) with RESOLVE_CACHED (Linux 5.12).

#include "system/file_facts.hpp"

#include <asiofile/file_status.hpp>

#include <cstdint>

namespace asiofile::detail {

struct cached_open {
  int base;
  const char* path;
  // `file_base::flags`, of which `can_open_cached` says yes.
  int open_flags;
  // Nothing in the path leads out of `base`.
  bool is_beneath = false;
  // The path was such a file's a moment ago.
  bool was_regular = false;
};

// Whether such flags leave the opening without other effects.
[[nodiscard]] bool can_open_cached(int open_flags) noexcept;

// A descriptor, or -EAGAIN: whatever the reason, opening it on a worker tells.
//
// What has the name is looked at first, as a place only (O_PATH), so that neither a FIFO nor a
// device is opened, nor a file of a server's, whose file system would ask the server. That costs as
// much as the opening itself, and is not done where the path was a regular file's a moment ago.
// What takes the name in between is closed again.
//
// For threads of a context: nothing here waits, except for a program that has requested to approve
// every opening (fanotify(7), FAN_OPEN_PERM).
[[nodiscard]] std::int64_t open_cached(const cached_open& what, file_facts& facts,
                                       file_status* status) noexcept;

}  // namespace asiofile::detail
