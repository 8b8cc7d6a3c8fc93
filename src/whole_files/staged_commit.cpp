// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/staged_commit.hpp"

#include "system/posix_calls.hpp"
#include "whole_files/staged_file.hpp"

#include <asiofile/detail/job.hpp>

#include <cerrno>

namespace asiofile::detail {

std::int64_t staged_commit::step(staged_file& file) noexcept {
  return is_synced_ ? rename(file) : sync(file);
}

// Not repeated if it fails: a failed sync consumes the record of lost writes, and another one would
// not report them.
std::int64_t staged_commit::sync(staged_file& file) noexcept {
  std::int64_t result = file.keep_identity();
  if (result == 0)
    result = sync_file(*file.file().system(), file.fd(), operation_kind::sync_all);
  if (result < 0) return result;
  is_synced_ = true;
  return job::more;
}

std::int64_t staged_commit::rename(staged_file& file) noexcept {
  bool changed = false;
  const std::int64_t renamed = file.take_any_name(changed);
  if (renamed < 0) return renamed;
  if (changed) {
    is_synced_ = false;
    return ++changes_ == changes_max ? -EBUSY : job::more;
  }
  const std::int64_t synced = file.sync_directory();
  // Must not be mistaken for a cancellation, which leaves the old content.
  return synced == -EINTR ? -EIO : synced;
}

}  // namespace asiofile::detail
