// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What kind of file system a file is on, and what is known of it by its device number.
//
// fstatfs(2) asks the server where there is one, which may take seconds; so the answer is kept.

#include "system/thread_safety.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>

namespace asiofile::detail {

class system_calls;

struct file_system_facts {
  // It is on this machine, and fstat(2) and close(2) do not wait for anybody else.
  bool is_local = false;
  // Its data lives in memory, on no device: to read a file is to copy.
  bool is_in_memory = false;

  friend bool operator==(const file_system_facts&, const file_system_facts&) = default;
};

// From statfs(2), `f_type`. Those that are not known to be local are remote: NFS, SMB, 9p, Ceph,
// and FUSE, behind which is a program.
[[nodiscard]] file_system_facts facts_of_type(unsigned long type) noexcept;

// Asks the kernel. Remote where it does not say. May wait.
[[nodiscard]] file_system_facts ask_file_system(int fd) noexcept;

// What was learnt of file systems, by st_dev. Bounded: the oldest are forgotten.
//
// For any thread. Its lock is taken only where it is free, and else the file system is asked again:
// a child that was forked while another thread held it gets on, too.
class file_systems {
 public:
  file_systems() = default;
  file_systems(const file_systems&) = delete;
  file_systems& operator=(const file_systems&) = delete;

  // Of the file system with device number `device`, on which `fd` is. May wait.
  [[nodiscard]] file_system_facts look(system_calls& system, int fd, dev_t device) noexcept
      ASIOFILE_EXCLUDES(mutex_);

  static constexpr std::size_t known_max = 64;

 private:
  struct known {
    bool is_set = false;
    dev_t device = 0;
    file_system_facts facts;
  };

  bool recall(dev_t device, file_system_facts& facts) noexcept ASIOFILE_EXCLUDES(mutex_);
  void remember(dev_t device, file_system_facts facts) noexcept ASIOFILE_EXCLUDES(mutex_);

  mutex mutex_;
  std::array<known, known_max> known_ ASIOFILE_GUARDED_BY(mutex_){};
  std::size_t next_ ASIOFILE_GUARDED_BY(mutex_) = 0;
};

// The process's.
[[nodiscard]] file_systems& known_file_systems() noexcept;

}  // namespace asiofile::detail
