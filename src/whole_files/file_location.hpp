#pragma once

// Where a path leads: the directory, open, and the file's own name in it.

#include "system/owned_fd.hpp"

#include <cstdint>
#include <string>

namespace asiofile::detail {

struct file_location {
  // Open for reading, so that it can be made durable, or else just as a place (O_PATH).
  owned_fd directory;
  // No symbolic link, when it was looked at. There may be no such file.
  std::string name;
};

// Follows symbolic links, also one that leads to no file. The path begins in the directory `base`
// (a descriptor, or AT_FDCWD). Returns 0 or an errno value, negated;
// throws std::bad_alloc.
std::int64_t find_location(int base, const std::string& path, file_location& found);

}  // namespace asiofile::detail
