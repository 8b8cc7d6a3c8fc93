// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Where a path leads: the directory, which is open, the file's name in it, and the file that had
// this name when it was looked at.

#include "system/owned_fd.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace asiofile::detail {

// A file as it was found. It refers to the same file whatever happens to its names.
struct found_file {
  // Open with O_PATH (`system_calls::open_place`); not open if there is no such file.
  owned_fd place;
  struct stat status {};

  [[nodiscard]] bool exists() const noexcept { return place.is_open(); }
  [[nodiscard]] bool is_same_as(const struct stat& other) const noexcept {
    return exists() && status.st_dev == other.st_dev && status.st_ino == other.st_ino;
  }
};

struct file_location {
  // Open for reading, so that it can be made durable, or else only with O_PATH.
  owned_fd directory;
  // It was no symbolic link when it was looked at. There may be no such file.
  std::string name;
};

// Follows symbolic links, each once, and only those that the kernel would follow; also one whose
// target does not exist. The path begins in the directory `base` (a descriptor of the system's, or
// AT_FDCWD). Returns 0 or an errno value, negated: -EISDIR for a path that can only be a
// directory's; -EOPNOTSUPP for a link of /proc to a file that does not have that name any more.
// Throws std::bad_alloc.
std::int64_t find_location(const system_calls_ptr& system, int base, const std::string& path,
                           file_location& location, found_file& found);

// Looks again. -ELOOP if the name is a symbolic link now.
std::int64_t look(const file_location& location, found_file& found) noexcept;

// Opens the found file for reading, or for writing if reading is not permitted, if it still has the
// name; -ENOENT otherwise.
std::int64_t reopen(const file_location& location, const found_file& found,
                    owned_fd& opened) noexcept;

}  // namespace asiofile::detail
