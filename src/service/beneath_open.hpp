// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Opening a file beneath a directory, which the path cannot leave.

#include "system/owned_fd.hpp"

#include <asiofile/detail/beneath_access.hpp>

#include <cstdint>
#include <string>

namespace asiofile::detail {

class beneath_root {
 public:
  // If `error` (an errno value) is given in place of a descriptor, every open reports that.
  beneath_root(owned_fd directory, int error, bool is_local = false) noexcept
      : directory_(std::move(directory)), error_(error), is_local_(is_local) {}
  explicit beneath_root(const std::string& path) : path_(path) {}

  // The directory, or an errno value, negated: -EBADF if it belongs to another system. A path
  // begins in `base`. `opened` must be kept while the descriptor is used.
  [[nodiscard]] std::int64_t fd(const system_calls_ptr& system, int base,
                                owned_fd& opened) const noexcept;
  // The descriptor of a directory that is open, and on this machine: closing it does not wait. -1
  // otherwise.
  [[nodiscard]] int local_fd() const noexcept { return is_local_ ? directory_.get() : -1; }

 private:
  owned_fd directory_;
  int error_ = 0;
  bool is_local_ = false;
  std::string path_;
};

// Results are a descriptor or an errno value, negated. `open_flags`: `file_base::flags`;
// `added_flags`: of open(2) besides.
std::int64_t open_beneath(const system_calls_ptr& system, int base, const beneath_root& root,
                          const std::string& path, int open_flags,
                          std::uint32_t permissions, int added_flags = 0) noexcept;

}  // namespace asiofile::detail
