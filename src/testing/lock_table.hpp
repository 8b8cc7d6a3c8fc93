// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The locks of a simulated file system's open files, as fcntl(2) has them (F_OFD_SETLK).

#include <cstdint>
#include <memory>
#include <vector>

namespace asiofile::testing::detail {

class file_node;

class lock_table {
 public:
  // An open file, whose locks end with it.
  using owner_ptr = std::shared_ptr<const void>;

  struct range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  // Locks a part of a file (F_RDLCK, F_WRLCK), replacing the owner's locks there, or unlocks it
  // (F_UNLCK). Returns false, and changes nothing, if another owner has a conflicting lock. May
  // throw std::bad_alloc.
  bool set(const owner_ptr& owner, const file_node& file, int type, range part);

  void clear() noexcept { held_.clear(); }

 private:
  struct held_lock {
    std::weak_ptr<const void> owner;
    const void* owner_address = nullptr;
    const file_node* file = nullptr;
    range part;
    bool is_exclusive = false;
  };

  // All locks except the owner's in the part.
  [[nodiscard]] std::vector<held_lock> without(const void* owner, const file_node& file,
                                               range part) const;

  std::vector<held_lock> held_;
};

}  // namespace asiofile::testing::detail
