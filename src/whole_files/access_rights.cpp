// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/access_rights.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr std::uint16_t all_rights = 07;

// ---- the attribute: little-endian numbers of 32, or 16, 16 and 32 bits

constexpr std::uint32_t list_version = 2;
constexpr std::size_t header_bytes = 4;
constexpr std::size_t entry_bytes = 8;
constexpr std::uint32_t no_id = ~std::uint32_t{0};

std::uint32_t number_at(std::span<const char> value, std::size_t position, std::size_t bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i != bytes; ++i)
    number |= std::uint32_t{static_cast<unsigned char>(value[position + i])} << (8 * i);
  return number;
}

void append(std::vector<char>& value, std::uint32_t number, std::size_t bytes) {
  for (std::size_t i = 0; i != bytes; ++i)
    value.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
}

bool is_known(std::uint32_t tag) noexcept {
  switch (static_cast<access_tag>(tag)) {
    case access_tag::owner:
    case access_tag::named_user:
    case access_tag::group:
    case access_tag::named_group:
    case access_tag::mask:
    case access_tag::others: return true;
  }
  return false;
}

// ---- rights of an original

const access_entry* find(const access_rights& in, access_tag tag) noexcept {
  const auto found = std::ranges::find(in.list, tag, &access_entry::tag);
  return found == in.list.end() ? nullptr : &*found;
}

const access_entry* find(const access_rights& in, access_tag tag, std::uint32_t id) noexcept {
  const auto found = std::ranges::find_if(
      in.list, [&](const access_entry& each) { return each.tag == tag && each.id == id; });
  return found == in.list.end() ? nullptr : &*found;
}

std::uint16_t bits_of(mode_t mode, int shift) noexcept {
  return static_cast<std::uint16_t>((mode >> shift) & all_rights);
}

std::uint16_t owner_rights(const access_rights& of) noexcept { return bits_of(of.mode, 6); }
std::uint16_t others_rights(const access_rights& of) noexcept { return bits_of(of.mode, 0); }

// The rights of a member of the file's group as such.
std::uint16_t group_rights(const access_rights& of) noexcept {
  const access_entry* const entry = find(of, access_tag::group);
  // If there is a list, the mode's group bits are its mask.
  return static_cast<std::uint16_t>(bits_of(of.mode, 3) & (entry ? entry->rights : all_rights));
}

// The rights that the list's group entries leave to a user who may be in any of the groups.
std::uint16_t least_of_groups(const access_rights& of) noexcept {
  std::uint16_t least = group_rights(of);
  for (const access_entry& each : of.list)
    if (each.tag == access_tag::named_group) least &= each.rights;
  return least;
}

// The same for users, except the owners: the new one has a class of their own. `owner`: the new
// one.
std::uint16_t least_of_users(const access_rights& of, uid_t owner) noexcept {
  std::uint16_t least = of.owner == owner ? all_rights : owner_rights(of);
  for (const access_entry& each : of.list) {
    const bool counts =
        each.tag == access_tag::named_user && each.id != of.owner && each.id != owner;
    if (counts) least &= static_cast<std::uint16_t>(each.rights & bits_of(of.mode, 3));
  }
  return least;
}

// The rights that a member of the new group had at least, apart from named users.
std::uint16_t least_of_members(const access_rights& of, gid_t group) noexcept {
  if (of.group == group) return group_rights(of);
  const access_entry* const named = find(of, access_tag::named_group, group);
  if (named != nullptr) return static_cast<std::uint16_t>(named->rights & bits_of(of.mode, 3));
  // The member may have been in none of the groups that the original names, or in any of them.
  return static_cast<std::uint16_t>(others_rights(of) & least_of_groups(of));
}

// The set-ID bits refer to the owner and the group.
mode_t special_bits(const access_rights& of, uid_t owner, gid_t group) noexcept {
  mode_t kept = of.mode & S_ISVTX;
  if (of.owner == owner) kept |= of.mode & S_ISUID;
  if (of.group == group) kept |= of.mode & S_ISGID;
  return kept;
}

void insert(access_list& list, const access_entry& added) {
  const auto behind =
      std::ranges::find_if(list, [&](const access_entry& each) { return each.tag > added.tag; });
  list.insert(behind, added);
}

void rename_owner(access_rights& changed, uid_t former) {
  // The kernel checked the former owner as the owner, whatever the list's entry for that user said.
  std::erase_if(changed.list, [&](const access_entry& each) {
    return each.tag == access_tag::named_user && each.id == former;
  });
  insert(changed.list, {access_tag::named_user, owner_rights(changed), former});
}

void rename_group(access_rights& changed, const access_rights& original, gid_t group) {
  const auto own = std::ranges::find(changed.list, access_tag::group, &access_entry::tag);
  const std::uint16_t former = std::exchange(own->rights, least_of_members(original, group));
  // If the former group is named already, its members have at least the rights of that entry.
  if (find(original, access_tag::named_group, original.group) == nullptr)
    insert(changed.list, {access_tag::named_group, former, original.group});
}

// Linux ignores a list whose mask is empty (acl_permission_check() in fs/namei.c): the users and
// groups that it names then count as others. So others must not have more than the former owner and
// group.
void narrow_others(access_rights& changed, const access_rights& original) {
  std::uint16_t least = others_rights(original);
  if (original.owner != changed.owner) least &= owner_rights(original);
  if (original.group != changed.group) least &= group_rights(original);
  changed.mode = (changed.mode & ~static_cast<mode_t>(S_IRWXO)) | least;
  std::ranges::find(changed.list, access_tag::others, &access_entry::tag)->rights = least;
}

}  // namespace

std::optional<access_list> parse_access_list(std::span<const char> value) {
  const bool is_list = value.size() >= header_bytes &&
                       (value.size() - header_bytes) % entry_bytes == 0 &&
                       number_at(value, 0, 4) == list_version;
  if (!is_list) return std::nullopt;
  access_list list;
  for (std::size_t i = header_bytes; i != value.size(); i += entry_bytes) {
    const std::uint32_t tag = number_at(value, i, 2);
    const std::uint32_t rights = number_at(value, i + 2, 2);
    if (!is_known(tag) || rights > all_rights) return std::nullopt;
    list.push_back({static_cast<access_tag>(tag), static_cast<std::uint16_t>(rights),
                    number_at(value, i + 4, 4)});
  }
  const auto has = [&](access_tag tag) {
    return std::ranges::find(list, tag, &access_entry::tag) != list.end();
  };
  if (!has(access_tag::owner) || !has(access_tag::group) || !has(access_tag::others))
    return std::nullopt;
  return has(access_tag::mask) ? list : access_list();
}

std::vector<char> serialize(const access_list& list) {
  std::vector<char> value;
  value.reserve(header_bytes + list.size() * entry_bytes);
  append(value, list_version, 4);
  for (const access_entry& each : list) {
    const bool is_named = each.tag == access_tag::named_user || each.tag == access_tag::named_group;
    append(value, static_cast<std::uint32_t>(each.tag), 2);
    append(value, each.rights, 2);
    append(value, is_named ? each.id : no_id, 4);
  }
  return value;
}

access_rights with_owner(const access_rights& original, uid_t owner, gid_t group) {
  if (original.list.empty()) {
    const mode_t mode = mode_without_list(original, owner, group);
    return {owner, group, mode, {}};
  }
  access_rights changed = original;
  changed.owner = owner;
  changed.group = group;
  constexpr mode_t permissions = S_IRWXU | S_IRWXG | S_IRWXO;
  changed.mode = (original.mode & permissions) | special_bits(original, owner, group);
  if (original.owner != owner) rename_owner(changed, original.owner);
  if (original.group != group) rename_group(changed, original, group);
  if ((original.mode & S_IRWXG) == 0) narrow_others(changed, original);
  return changed;
}

mode_t mode_without_list(const access_rights& original, uid_t owner, gid_t group) noexcept {
  const std::uint16_t users = least_of_users(original, owner);
  const std::uint16_t members = users & least_of_members(original, group);
  // Members of the new group are not among the others; members of any other group may be.
  std::uint16_t others = users & others_rights(original);
  if (original.group != group) others &= group_rights(original);
  for (const access_entry& each : original.list) {
    const bool counts = each.tag == access_tag::named_group && each.id != group;
    if (counts) others &= static_cast<std::uint16_t>(each.rights & bits_of(original.mode, 3));
  }
  const mode_t own = original.mode & S_IRWXU;
  return own | static_cast<mode_t>(members << 3) | others | special_bits(original, owner, group);
}

}  // namespace asiofile::detail
