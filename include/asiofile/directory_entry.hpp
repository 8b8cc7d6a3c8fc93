// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// An entry of a directory.

#include <asiofile/file_status.hpp>

#include <cstdint>
#include <string>

namespace asiofile {

/// One name in a directory.
struct directory_entry {
  /// The name, without the directory's path. Bytes in no particular encoding.
  std::string name;
  /// The kind of the file (a symbolic link is `symlink`); `unknown` if the file system does not
  /// report it: use `async_status`.
  file_type type = file_type::unknown;
  /// Its number on its file system (`d_ino` of readdir(3)). For a mount point, that of the
  /// underlying directory.
  std::uint64_t inode = 0;
};

}  // namespace asiofile
