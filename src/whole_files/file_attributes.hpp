// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The extended attributes of a file (xattr(7)): how they are read, and which of them speak of what.
//
// Functions return 0, or an errno value, negated, and throw std::bad_alloc.

#include "system/owned_fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace asiofile::detail {

struct file_attribute {
  std::string name;
  std::vector<char> value;

  bool operator==(const file_attribute&) const = default;
};

// acl(5)'s list, as an attribute.
inline constexpr char access_list_attribute[] = "system.posix_acl_access";

// Whether it says in another way who may use the file (the lists of NFS 4 and of SMB): attributes
// of the system's own.
[[nodiscard]] bool is_other_access_list(std::string_view name) noexcept;

// Whether a result of setting, removing or reading says that the process may not, or that there is
// no such thing here; and not that it went wrong.
[[nodiscard]] bool is_not_allowed(std::int64_t result) noexcept;

// -ENODATA where the file has none of the name, -EOPNOTSUPP where the file system has none at all.
std::int64_t read_attribute(const owned_fd& file, const char* name, std::vector<char>& value);

// All that a new file in this one's place is to have, as far as the process may read them: not the
// access list, and not what vouches for the content.
std::int64_t read_attributes(const owned_fd& file, std::vector<file_attribute>& found);

}  // namespace asiofile::detail
