// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The facts of an open file: determined once, when it is opened, by the thread that opens it
// (`look_at_file`). Constant while operations are in flight on it.

#include <cstdint>

namespace asiofile::detail {

class system_calls;

struct file_facts {
  // The system that the descriptor belongs to.
  system_calls* system = nullptr;
  // In bytes; 0 if unknown. It may have changed since.
  std::uint64_t size_when_looked_at = 0;
  int fd = -1;
  // fcntl(2), F_GETFL.
  int status_flags = 0;
  // No positions: FIFO, terminal, socket, eventfd or similar. Offsets have no meaning for it, and a
  // reader may wait for a peer.
  bool is_stream : 1 = false;
  // A regular file or a block device.
  bool is_storage : 1 = false;
  // Storage that bypasses the page cache (O_DIRECT).
  bool is_direct : 1 = false;
  // Its data is in memory (tmpfs); reading it may have to wait for swap.
  bool is_in_memory : 1 = false;
  // On a local file system: fstat(2) and close(2) of a file that has a name do not wait.
  bool is_local : 1 = false;
  // RWF_NOWAIT may be tried.
  bool takes_nowait : 1 = false;
  // Opened with O_TRUNC. ext4 and xfs write such a file back when it is closed.
  bool was_truncated : 1 = false;
};

}  // namespace asiofile::detail
