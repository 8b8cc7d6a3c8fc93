#pragma once

// What a file keeps when another one takes its place.

#include <sys/stat.h>

#include <string>

namespace asiofile::detail {

// Gives a new file the owner, mode and extended attributes of the original, as far as the process
// may: `async_replace_file` documents how far. `name` is the original's in its directory.
void keep_identity(int new_fd, int directory, const std::string& name,
                   const struct stat& original) noexcept;

}  // namespace asiofile::detail
