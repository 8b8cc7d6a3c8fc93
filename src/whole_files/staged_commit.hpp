// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// How a complete staged file durably replaces the old one: it gets the old one's permissions and is
// made durable, then takes the name, and the directory is made durable.

#include <cstdint>

namespace asiofile::detail {

class staged_file;

class staged_commit {
 public:
  // Does one step of a job. Returns `job::more`, 0 when all is durable, or an errno value, negated:
  // not -EINTR once the name is taken.
  std::int64_t step(staged_file& file) noexcept;

 private:
  std::int64_t sync(staged_file& file) noexcept;
  std::int64_t rename(staged_file& file) noexcept;

  bool is_synced_ = false;
  // How often the original has changed since the content was written.
  int changes_ = 0;
};

}  // namespace asiofile::detail
