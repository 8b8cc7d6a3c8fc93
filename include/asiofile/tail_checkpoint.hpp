// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// The position of a tail reader.

#include <asiofile/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asiofile {

/// A position in a file that may have another name by now: how much a `tail_reader` has delivered,
/// and where the next one continues. Save it as a line of text (`to_string`, `parse`) or member by
/// member.
struct tail_checkpoint {
  /// The device that the file is on: `st_dev` of stat(2).
  std::uint64_t device = 0;
  /// The file on its device: `st_ino`. 0 means no file: nothing has been delivered.
  std::uint64_t inode = 0;
  /// When the file was created, in nanoseconds since 1970 (statx(2), `stx_btime`): distinguishes it
  /// from a later file with the same inode. 0 if the file system does not record it.
  std::int64_t created_nanoseconds = 0;
  /// Where the next line begins, in bytes from the start of the file.
  std::uint64_t offset = 0;
  /// A hash (FNV-1a, 64 bits) of the first `fingerprint_bytes_max` bytes of the file, or of the
  /// first `offset` if those are fewer: shows whether it still holds what was read.
  std::uint64_t fingerprint = 0;

  /// How much of a file its fingerprint covers, in bytes.
  static constexpr std::uint64_t fingerprint_bytes_max = 64;

  /// One line of text, without its end: `v1 device inode created offset fingerprint`, in decimal.
  ///
  /// \throws std::bad_alloc
  [[nodiscard]] ASIOFILE_DECL std::string to_string() const;

  /// Reads what `to_string` has made; nothing if the text is anything else. Trailing blanks and
  /// line ends are ignored.
  ///
  /// \param text the line.
  [[nodiscard]] ASIOFILE_DECL static std::optional<tail_checkpoint> parse(
      std::string_view text) noexcept;

  /// Whether all members are equal.
  friend bool operator==(const tail_checkpoint&, const tail_checkpoint&) = default;
};

}  // namespace asiofile
