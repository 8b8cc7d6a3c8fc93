// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What a file keeps when another one takes its place: who may use it, and its extended attributes.

#include "system/owned_fd.hpp"
#include "whole_files/access_rights.hpp"
#include "whole_files/file_attributes.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace asiofile::detail {

// As it was at one moment.
class file_identity {
 public:
  // Of a file that is open, perhaps as a place only, and its status. Returns 0 or an errno value,
  // negated, where it cannot be found out who may use the file; -EBADF where that takes a file that
  // is open for more. Throws std::bad_alloc.
  std::int64_t read(const owned_fd& file, const struct stat& status);

  // Gives it to a new file, as far as the process may (`async_replace_file` documents how far), and
  // so that nobody may use the new file who might not use the original: at no moment, and whatever
  // fails. `creator`: the user to whom a new file belongs. `before`: what was given to it earlier,
  // or null. Returns 0 or an errno value, negated; throws std::bad_alloc.
  std::int64_t give_to(const owned_fd& made, uid_t creator, const file_identity* before) const;

  bool operator==(const file_identity&) const = default;

 private:
  // Whether a list is to be set or an error returned, or else a mode that does without.
  enum class lists : bool { wanted, needed };

  std::int64_t give_attributes(const owned_fd& made, const file_identity* before) const;
  std::int64_t give_owner(const owned_fd& made) const;
  std::int64_t give_rights(const owned_fd& made, const struct stat& whose, lists which) const;
  std::int64_t give_rights_first(const owned_fd& made, uid_t creator,
                                 const struct stat& whose) const;
  std::int64_t give_list(const owned_fd& made, access_rights& wanted, lists which) const;
  std::int64_t give_other_lists(const owned_fd& made, access_rights& wanted, lists which) const;

  access_rights rights_;
  std::vector<file_attribute> attributes_;
};

// The permissions of a new file that is a copy of this one, less the umask: the mode's, or fewer
// where that has an access list. Nobody's but the owner's where the list cannot be read.
[[nodiscard]] mode_t mode_of_copy(const owned_fd& source, const struct stat& status) noexcept;

}  // namespace asiofile::detail
