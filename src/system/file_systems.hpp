// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What kind of file system a file is on, and what is known of it by its mount or device number.
//
// fstatfs(2) asks the server of a remote file system, which may take seconds; so the answer is
// kept.

#include "system/thread_safety.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

class system_calls;

struct file_system_facts {
  // It is on this machine, and fstat(2) and close(2) do not wait for anybody else.
  bool is_local = false;
  // Its data lives in memory, on no device: to read a file is to copy.
  bool is_in_memory = false;
  // Its regular files have positions. Not so in proc(5) and its like, where some are streams.
  bool has_positions = false;

  friend bool operator==(const file_system_facts&, const file_system_facts&) = default;
};

// What a file system is remembered by.
struct file_system_id {
  // Of its mount, which is never used again (STATX_MNT_ID_UNIQUE in statx(2), Linux 6.8), or else
  // of its device.
  std::uint64_t number = 0;
  bool is_mount = false;
  // The number never is another file system's.
  bool is_lasting = false;

  friend bool operator==(const file_system_id&, const file_system_id&) = default;
};

// By st_dev.
[[nodiscard]] file_system_id id_of_device(dev_t device) noexcept;

// From statfs(2), `f_type`. Those that are not known to be local are remote: NFS, SMB, 9p, Ceph,
// and FUSE, behind which is a program.
[[nodiscard]] file_system_facts facts_of_type(unsigned long type) noexcept;

// Asks the kernel. Remote where it does not say. May wait.
[[nodiscard]] file_system_facts ask_file_system(int fd) noexcept;

// What is known of file systems. Bounded: the oldest entries are dropped.
//
// For any thread. Its lock is taken only where it is free, and else the file system is asked again:
// a child that was forked while another thread held it gets on, too.
class file_systems {
 public:
  file_systems() = default;
  file_systems(const file_systems&) = delete;
  file_systems& operator=(const file_systems&) = delete;

  // Of the file system `which`, on which `fd` is. May wait.
  [[nodiscard]] file_system_facts look(system_calls& system, int fd,
                                       const file_system_id& which) noexcept
      ASIOFILE_EXCLUDES(mutex_);
  // Without asking anybody. False where it is not remembered.
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

// The process's.
[[nodiscard]] file_systems& known_file_systems() noexcept;

}  // namespace asiofile::detail
