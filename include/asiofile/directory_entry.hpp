// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What a directory says of one of the files in it.

#include <asiofile/file_status.hpp>

#include <cstdint>
#include <string>

namespace asiofile {

/// One name in a directory.
struct directory_entry {
  /// The name, without the directory's path. Bytes: file systems ask for no encoding.
  std::string name;
  /// What it names (of a symbolic link, the link); `unknown` where the file system does not say,
  /// and `async_status` has to be asked.
  file_type type = file_type::unknown;
  /// Its number on its file system. Of a directory on which another file system is mounted, that of
  /// the directory beneath.
  std::uint64_t inode = 0;
};

}  // namespace asiofile
