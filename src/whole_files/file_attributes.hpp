// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The extended attributes of a file (xattr(7)): reading them, and what they mean.
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

// The access control list (acl(5)) as an attribute.
inline constexpr char access_list_attribute[] = "system.posix_acl_access";

// Whether it is another kind of access list (those of NFS 4 and of SMB), which are system
// attributes.
[[nodiscard]] bool is_other_access_list(std::string_view name) noexcept;

// Whether a result of setting, removing or reading says that the process is not allowed to do it,
// or that it is not supported here, rather than that it failed.
[[nodiscard]] bool is_not_allowed(std::int64_t result) noexcept;

// -ENODATA if the file has none of that name, -EOPNOTSUPP if the file system has none at all.
std::int64_t read_attribute(const owned_fd& file, const char* name, std::vector<char>& value);

// All that a replacement of this file is to have, as far as the process may read them, except the
// access list and signatures of the content.
std::int64_t read_attributes(const owned_fd& file, std::vector<file_attribute>& found);

}  // namespace asiofile::detail
