// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Locks of open files, in the calling thread.

#include "service/file_guard.hpp"
#include "system/lock_type.hpp"
#include "system/posix_calls.hpp"
#include "system/uninterrupted.hpp"

#include <asiofile/detail/file_access.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

namespace asiofile::detail {

namespace {

int set_lock(file_state& file, int type, std::uint64_t offset, std::uint64_t length) {
  const descriptor_use used(file);
  if (!used) return EBADF;
  if (!is_range(offset, length)) return EINVAL;
  const std::int64_t result = uninterrupted(
      [&] { return change_lock(used.system(), used.fd(), type, offset, length); });
  return static_cast<int>(-result);
}

}  // namespace

int unlock(file_state& file, std::uint64_t offset, std::uint64_t length) {
  return set_lock(file, F_UNLCK, offset, length);
}

int try_lock(file_state& file, lock_mode mode, std::uint64_t offset, std::uint64_t length,
             bool& is_locked) {
  const int error = set_lock(file, lock_type(mode), offset, length);
  is_locked = error == 0;
  return error == EAGAIN ? 0 : error;
}

// Not by F_OFD_SETLKW: nothing could interrupt the thread when another one closes the file.
int lock(file_state& file, lock_mode mode, std::uint64_t offset, std::uint64_t length) {
  constexpr std::chrono::milliseconds longest(64);
  std::chrono::milliseconds rest(1);
  for (;;) {
    const int error = set_lock(file, lock_type(mode), offset, length);
    if (error != EAGAIN) return error;
    std::this_thread::sleep_for(rest);
    rest = std::min(2 * rest, longest);
  }
}

}  // namespace asiofile::detail
