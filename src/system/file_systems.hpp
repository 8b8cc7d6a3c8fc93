// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The kind of file system that a file is on, and a cache of it by mount or device number.
//
// fstatfs(2) asks the server of a remote file system, which may take seconds; so the answer is
// cached.

#include "system/thread_safety.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

class system_calls;

struct file_system_facts {
  // It is on this machine, and fstat(2) and close(2) wait for no server or other program.
  bool is_local = false;
  // Its data is in memory, not on a device: reading a file only copies.
  bool is_in_memory = false;
  // Its regular files have positions. False for proc(5) and similar ones, where some are streams.
  bool has_positions = false;

  friend bool operator==(const file_system_facts&, const file_system_facts&) = default;
};

// The key under which a file system is cached.
struct file_system_id {
  // The number of its mount, which is never reused (STATX_MNT_ID_UNIQUE in statx(2), Linux 6.8), or
  // else of its device.
  std::uint64_t number = 0;
  bool is_mount = false;
  // The number is never reused for another file system.
  bool is_lasting = false;

  friend bool operator==(const file_system_id&, const file_system_id&) = default;
};

// Made from st_dev.
[[nodiscard]] file_system_id id_of_device(dev_t device) noexcept;

// From statfs(2), `f_type`. Those that are not known to be local count as remote: NFS, SMB, 9p,
// Ceph, and FUSE, which waits for a program.
[[nodiscard]] file_system_facts facts_of_type(unsigned long type) noexcept;

// Asks the kernel. Remote if that fails. May wait.
[[nodiscard]] file_system_facts ask_file_system(int fd) noexcept;

// A cache of what is known of file systems. Bounded: the oldest entries are dropped.
//
// For any thread. Its lock is only tried; if it is not free, the file system is asked again. So a
// child that was forked while another thread held the lock can continue, too.
class file_systems {
 public:
  file_systems() = default;
  file_systems(const file_systems&) = delete;
  file_systems& operator=(const file_systems&) = delete;

  // What is known of the file system `which`, which `fd` is on. May wait.
  [[nodiscard]] file_system_facts look(system_calls& system, int fd,
                                       const file_system_id& which) noexcept
      ASIOFILE_EXCLUDES(mutex_);
  // From the cache only. False if it is not there.
  bool recall(const file_system_id& which, file_system_facts& facts) noexcept
      ASIOFILE_EXCLUDES(mutex_);

  static constexpr std::size_t known_max = 64;

 private:
  struct known {
    bool is_set = false;
    file_system_id id;
    file_system_facts facts;
  };

  void remember(const file_system_id& which, file_system_facts facts) noexcept
      ASIOFILE_EXCLUDES(mutex_);

  mutex mutex_;
  std::array<known, known_max> known_ ASIOFILE_GUARDED_BY(mutex_){};
  std::size_t next_ ASIOFILE_GUARDED_BY(mutex_) = 0;
};

// The cache of this process.
[[nodiscard]] file_systems& known_file_systems() noexcept;

}  // namespace asiofile::detail
