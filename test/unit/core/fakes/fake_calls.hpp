// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// System calls on descriptors that do not exist: they are recorded, and return what the test sets.

#include "forwarding_calls.hpp"

#include "system/file_facts.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

namespace fakes {

class fake_calls final : public test_support::forwarding_calls {
 public:
  std::int64_t close(int fd) noexcept override {
    closed.push_back(fd);
    return close_result;
  }
  std::int64_t fsync(int fd) noexcept override {
    if (const auto hook = during_fsync) hook();
    synced.push_back(fd);
    return sync_result;
  }
  std::int64_t fdatasync(int fd) noexcept override { return fsync(fd); }
  std::int64_t lseek(int, off_t offset, int) noexcept override { return offset; }
  std::int64_t duplicate(int) noexcept override {
    if (const auto hook = during_duplicate) hook();
    return 4711;
  }
  std::int64_t sendfile(int, int, off_t offset, std::size_t length) noexcept override {
    return on_sendfile(offset, length);
  }
  std::int64_t fstat(int, struct stat& found) noexcept override {
    // A copy: it may be replaced meanwhile.
    if (const auto hook = during_fstat) hook();
    found = {};
    found.st_mode = S_IFREG;
    found.st_nlink = 1;
    found.st_size = file_bytes;
    found.st_blocks = file_bytes / 512;
    if (is_removed) found.st_nlink = 0;
    return 0;
  }

  [[nodiscard]] bool has_closed(int fd) const { return std::ranges::count(closed, fd) == 1; }

  // The service calls fstat without its lock, before it closes a file on the thread of a pass.
  std::function<void()> during_fstat;
  std::function<void()> during_fsync, during_duplicate;
  std::function<std::int64_t(off_t offset, std::size_t length)> on_sendfile;
  std::vector<int> closed;
  std::vector<int> synced;
  std::int64_t close_result = 0;
  std::int64_t sync_result = 0;
  // Closing a removed file with much data waits.
  off_t file_bytes = 0;
  bool is_removed = false;

  // The facts of an ordinary file of these calls.
  asiofile::detail::file_facts facts(int fd) {
    asiofile::detail::file_facts its;
    its.system = this;
    its.fd = fd;
    its.is_storage = its.is_local = true;
    return its;
  }
};

}  // namespace fakes
