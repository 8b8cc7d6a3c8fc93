// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The access rights of a file: its owner and group, its mode, and its access control list (acl(5)).
// No system calls: `file_identity` reads these rights and sets them.
//
// A file that replaces another may have to belong to another user. The functions here compute
// rights for it that are never wider than the original's: nobody except the new owner, who can
// change the mode anyway, gains anything. Two cases matter:
// - If there is a list, the mode's group bits are its mask and not the group's own rights. The mode
//   without its list would grant access to those whom the list excludes.
// - Others have more than the group in a mode such as 0604, and more than the owner in 0466. A
//   member of the group or the former owner, now counting as one of the others, must not gain by
//   it.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace asiofile::detail {

// Values of linux/posix_acl.h.
enum class access_tag : std::uint16_t {
  owner = 0x01,
  named_user = 0x02,
  group = 0x04,
  named_group = 0x08,
  mask = 0x10,
  others = 0x20
};

struct access_entry {
  access_tag tag;
  // As in a mode: 4 to read, 2 to write, 1 to execute.
  std::uint16_t rights;
  // The id of a named user or group.
  std::uint32_t id;

  bool operator==(const access_entry&) const = default;
};

// In the order in which acl(5) has the tags.
using access_list = std::vector<access_entry>;

// From and to the value of the extended attribute "system.posix_acl_access"
// (linux/posix_acl_xattr.h). Nothing if the value is invalid; an empty list if it says no more than
// the mode does, having no mask. Throws std::bad_alloc.
[[nodiscard]] std::optional<access_list> parse_access_list(std::span<const char> value);
[[nodiscard]] std::vector<char> serialize(const access_list& list);

struct access_rights {
  uid_t owner = 0;
  gid_t group = 0;
  // 0 to 07777.
  mode_t mode = 0;
  // Empty if the mode says everything.
  access_list list;

  bool operator==(const access_rights&) const = default;
};

// The rights of a file that replaces `original` and belongs to `owner` and `group`, with a list if
// the original has one: whatever was denied stays denied, and the former owner and group keep their
// rights as named entries. Throws std::bad_alloc.
[[nodiscard]] access_rights with_owner(const access_rights& original, uid_t owner, gid_t group);

// The mode of a file that replaces `original`, belongs to `owner` and `group`, and cannot have a
// list: the widest mode that gives nobody more. Users who share a class get the rights of the one
// who has the fewest.
[[nodiscard]] mode_t mode_without_list(const access_rights& original, uid_t owner,
                                       gid_t group) noexcept;

}  // namespace asiofile::detail
