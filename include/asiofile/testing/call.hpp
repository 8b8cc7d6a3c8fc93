// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The calls of a simulated file system.

#include <asiofile/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace asiofile::testing {

/// The kinds of calls that a `file_system` counts, delays and records, and that can be made to
/// fail.
///
/// One operation of a program can make several calls: `async_replace_file` opens, writes,
/// synchronises, links, renames, and synchronises the directory. Closing, seeking, and the status
/// of an open file are not among them: they succeed while the file system is up.
enum class call_kind : std::uint8_t {
  /// Opening or creating a file, or opening a directory.
  open,
  /// Reading from a file.
  read,
  /// Writing to a file.
  write,
  /// Making a file or directory durable, with or without all metadata.
  sync,
  /// Changing the size of a file.
  resize,
  /// Allocating space, punching a hole, zeroing a range.
  allocate,
  /// The status of a path.
  status,
  /// Renaming a file or directory.
  rename,
  /// Removing a name.
  remove,
  /// Making a directory.
  create_directory,
  /// Making a hard or symbolic link, or reading a symbolic one.
  link,
  /// Reading the names in a directory.
  list,
  /// Locking or unlocking a file. A lock that waits is retried after every other event.
  lock
};

/// The name of a kind, as the enumeration spells it.
///
/// \par Thread safety
/// Safe.
[[nodiscard]] ASIOFILE_DECL std::string_view to_string(call_kind kind) noexcept;

/// One call.
struct call {
  /// The kind of the call.
  call_kind kind = call_kind::open;
  /// The file's path when it was opened, absolute, without "." and repeated slashes. A file that
  /// was made without a name (as by `async_replace_file`) is "#" and a number in its directory.
  /// rename, link: the old name.
  std::string path = {};
  /// rename, link: the new name.
  std::string other_path = {};
  /// read, write, allocate, lock: the offset in bytes. resize: the new size.
  std::uint64_t offset = 0;
  /// read, write, allocate, lock: the requested number of bytes.
  std::uint64_t length = 0;
  /// The call's number, counted from 1 for each file system.
  std::uint64_t number = 0;
};

}  // namespace asiofile::testing
