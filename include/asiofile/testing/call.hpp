// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// What a simulated file system is asked to do, one call at a time.

#include <asiofile/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace asiofile::testing {

/// The kinds of calls that a `file_system` counts, delays, records, and can be made to fail.
///
/// One operation of a program can be several calls: `async_replace_file` opens, writes,
/// synchronises, links, renames, and synchronises the directory. Closing, seeking, and the status
/// of an open file are not among them: they succeed as long as the file system is up.
enum class call_kind : std::uint8_t {
  /// Opening or creating a file, or opening a directory.
  open,
  /// Reading from a file.
  read,
  /// Writing to a file.
  write,
  /// Of data or of everything, of a file or a directory.
  sync,
  /// Changing the size of a file.
  resize,
  /// Allocating space, punching a hole, zeroing a range.
  allocate,
  /// The status of a path.
  status,
  /// Renaming.
  rename,
  /// Removing a name.
  remove,
  /// Making a directory.
  create_directory,
  /// Making a hard or symbolic link, or reading a symbolic one.
  link,
  /// Reading the names in a directory.
  list,
  /// Locking or unlocking a file. One that waits is tried once more after whatever else happens.
  lock
};

/// The name of a kind, as the enumeration spells it.
///
/// \par Thread safety
/// Safe.
[[nodiscard]] ASIOFILE_DECL std::string_view to_string(call_kind kind) noexcept;

/// One call.
struct call {
  /// What the program asks for.
  call_kind kind = call_kind::open;
  /// The file: absolute, without "." and repeated slashes, else as the program wrote it when it
  /// opened the file. One that was made without a name (`async_replace_file` does so) is "#" and a
  /// number in its directory. rename, link: the old name.
  std::string path = {};
  /// rename, link: the new name.
  std::string other_path = {};
  /// read, write, allocate, lock: where, in bytes. resize: the new size.
  std::uint64_t offset = 0;
  /// read, write, allocate, lock: how many bytes are asked for.
  std::uint64_t length = 0;
  /// Counts the file system's calls from 1.
  std::uint64_t number = 0;
};

}  // namespace asiofile::testing
