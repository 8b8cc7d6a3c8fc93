// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The rights that users have to a file, according to the kernel. For forked children of root only.

#include "restrictions.hpp"

#include <fcntl.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace test_support {

struct user {
  uid_t id;
  gid_t group;
  std::vector<gid_t> groups{};
};

// Bits as in a mode: 4 to read, 2 to write, 1 to execute. Changes this process's user for the
// check; it is root again afterwards.
inline unsigned rights_of(const user& who, const std::string& path) {
  child_require(::setgroups(who.groups.size(), who.groups.data()) == 0, "setgroups");
  child_require(::setegid(who.group) == 0 && ::seteuid(who.id) == 0, "seteuid");
  unsigned rights = 0;
  for (const int wanted : {R_OK, W_OK, X_OK}) {
    if (::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0)
      rights |= static_cast<unsigned>(wanted);
  }
  child_require(::seteuid(0) == 0 && ::setegid(0) == 0, "root again");
  return rights;
}

// ---- access control lists (acl(5)), as linux/posix_acl_xattr.h has them

inline constexpr const char* access_list_name = "system.posix_acl_access";
inline constexpr const char* default_list_name = "system.posix_acl_default";

struct list_entry {
  enum tag_type : std::uint16_t {
    owner = 1,
    user = 2,
    group = 4,
    named_group = 8,
    mask = 16,
    others = 32
  };
  std::uint16_t tag;
  std::uint16_t rights;
  std::uint32_t id = ~std::uint32_t{0};
};

// An errno value.
inline int set_list(const std::string& path, const std::vector<list_entry>& list,
                    const char* name = access_list_name) {
  std::string value("\2\0\0\0", 4);
  for (const list_entry& each : list)
    value.append(reinterpret_cast<const char*>(&each), sizeof each);
  return ::setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0 ? 0 : errno;
}

// Empty if there is none.
inline std::string attribute_of(const std::string& path, const char* name) {
  std::array<char, 4096> value;
  const ssize_t size = ::lgetxattr(path.c_str(), name, value.data(), value.size());
  return {value.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
}

}  // namespace test_support
