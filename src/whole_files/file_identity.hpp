// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What is preserved when another file replaces this one: its access rights and its extended
// attributes.

#include "system/owned_fd.hpp"
#include "whole_files/access_rights.hpp"
#include "whole_files/file_attributes.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace asiofile::detail {

// A snapshot of it.
class file_identity {
 public:
  // Reads that of a file that is open, perhaps only with O_PATH, and has this status. Returns 0, or
  // an errno value, negated, if the access rights cannot be determined; -EBADF if that needs a file
  // that is not just open with O_PATH. Throws std::bad_alloc.
  std::int64_t read(const owned_fd& file, const struct stat& status);

  // Gives it to a new file, as far as the process may (`async_replace_file` documents how far), and
  // so that nobody can use the new file who may not use the original: at no moment, and whatever
  // fails. `creator`: the user to whom a new file belongs. `before`: the identity that it was given
  // earlier, or null. Returns 0 or an errno value, negated; throws std::bad_alloc.
  std::int64_t give_to(const owned_fd& made, uid_t creator, const file_identity* before) const;

  bool operator==(const file_identity&) const = default;

 private:
  // `needed`: a list must be set, or it is an error; `wanted`: otherwise a mode without a list is
  // set.
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
// where that has an access list. Only the owner's if the list cannot be read.
[[nodiscard]] mode_t mode_of_copy(const owned_fd& source, const struct stat& status) noexcept;

}  // namespace asiofile::detail
