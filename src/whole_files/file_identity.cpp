// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/file_identity.hpp"

#include "system/posix_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>

#if !defined(ENODATA)
#define ENODATA ENOATTR
#endif

namespace asiofile::detail {

namespace {

constexpr mode_t all_bits = 07777;
constexpr uid_t same_user = static_cast<uid_t>(-1);
constexpr gid_t same_group = static_cast<gid_t>(-1);

bool is_missing(std::int64_t result) noexcept {
  return result == -ENODATA || result == -EOPNOTSUPP;
}

// -EPERM for a list in an unknown format.
std::int64_t read_list(const owned_fd& file, access_list& list) {
  list.clear();
  std::vector<char> value;
  const std::int64_t result = read_attribute(file, access_list_attribute, value);
  if (result < 0) return is_missing(result) ? 0 : result;
  std::optional<access_list> parsed = parse_access_list(value);
  if (!parsed) return -EPERM;
  list = *std::move(parsed);
  return 0;
}

// Removes a list that a new file has inherited from its directory's default.
std::int64_t remove_list(const owned_fd& made) {
  system_calls& system = *made.system();
  const std::int64_t removed = system.fremovexattr(made.get(), access_list_attribute);
  if (removed == 0 || is_missing(removed)) return 0;
  const std::int64_t there = system.fgetxattr(made.get(), access_list_attribute, nullptr, 0);
  return is_missing(there) ? 0 : removed;
}

std::int64_t set_mode(const owned_fd& made, mode_t mode) {
  system_calls& system = *made.system();
  struct stat now;
  std::int64_t result = system.fstat(made.get(), now);
  if (result < 0 || (now.st_mode & all_bits) == mode) return result;
  result = system.fchmod(made.get(), mode);
  if (result == 0) result = system.fstat(made.get(), now);
  // The kernel may drop a set-ID bit without an error.
  return result == 0 && (now.st_mode & all_bits) != mode ? -EPERM : result;
}

// From now on only its creator can access it. On a file system without modes that is not so, and
// the mode it has is compared at the end.
std::int64_t make_private(const owned_fd& made, uid_t creator) {
  system_calls& system = *made.system();
  struct stat now;
  std::int64_t result = system.fstat(made.get(), now);
  if (result < 0) return result;
  const bool is_given_away = now.st_uid != creator;
  const bool is_open = (now.st_mode & all_bits) != owner_only;
  if (is_open) result = system.fchmod(made.get(), owner_only);
  if (is_given_away) {
    const std::int64_t taken_back = system.fchown(made.get(), creator, same_group);
    if (taken_back < 0) return taken_back;
    if (is_open && result < 0) result = system.fchmod(made.get(), owner_only);
  }
  if (result < 0 && !is_not_allowed(result)) return result;
  // With the mode that it has now, a list grants nothing to anybody.
  return remove_list(made);
}

}  // namespace

std::int64_t file_identity::read(const owned_fd& file, const struct stat& status) {
  const std::int64_t result = read_list(file, rights_.list);
  if (result < 0) return result;
  rights_.owner = status.st_uid;
  rights_.group = status.st_gid;
  rights_.mode = status.st_mode & all_bits;
  return read_attributes(file, attributes_);
}

std::int64_t file_identity::give_to(const owned_fd& made, uid_t creator,
                                    const file_identity* before) const {
  std::int64_t result = make_private(made, creator);
  // While the file belongs to the creator: setting a user attribute needs the right to write the
  // file.
  if (result == 0) result = give_attributes(made, before);
  if (result == 0) result = give_owner(made);
  struct stat now;
  if (result == 0) result = made.system()->fstat(made.get(), now);
  if (result < 0) return result;
  const bool is_given_away = now.st_uid != creator;
  result = give_rights(made, now, is_given_away ? lists::needed : lists::wanted);
  // Only its owner may make the next changes (CAP_CHOWN without CAP_FOWNER).
  return result == -EPERM && is_given_away ? give_rights_first(made, creator, now) : result;
}

std::int64_t file_identity::give_attributes(const owned_fd& made,
                                            const file_identity* before) const {
  system_calls& system = *made.system();
  const auto has = [&](const file_attribute& which) {
    return std::ranges::find(attributes_, which.name, &file_attribute::name) != attributes_.end();
  };
  if (before != nullptr) {
    for (const file_attribute& each : before->attributes_)
      if (!has(each)) system.fremovexattr(made.get(), each.name.c_str());
  }
  for (const file_attribute& each : attributes_) {
    if (is_other_access_list(each.name)) continue;
    const std::int64_t result =
        system.fsetxattr(made.get(), each.name.c_str(), each.value.data(), each.value.size());
    if (result < 0 && !is_not_allowed(result)) return result;
  }
  return 0;
}

// Sets the owner and group as far as the process is allowed to.
std::int64_t file_identity::give_owner(const owned_fd& made) const {
  system_calls& system = *made.system();
  struct stat now;
  std::int64_t result = system.fstat(made.get(), now);
  if (result < 0) return result;
  const bool is_its_group = now.st_gid == rights_.group;
  if (now.st_uid == rights_.owner && is_its_group) return 0;
  result = system.fchown(made.get(), rights_.owner, rights_.group);
  // A member of a group may give a file to it; only a privileged process may give one to another
  // user.
  if (is_not_allowed(result) && !is_its_group)
    result = system.fchown(made.get(), same_user, rights_.group);
  return is_not_allowed(result) ? 0 : result;
}

// Sets the rights that follow from the original's for a file that belongs to `whose`.
std::int64_t file_identity::give_rights(const owned_fd& made, const struct stat& whose,
                                        lists which) const {
  access_rights wanted = with_owner(rights_, whose.st_uid, whose.st_gid);
  // The list first: setting it sets the mode's permissions too, so that at no moment the mode
  // grants access to those whom the list excludes.
  std::int64_t result = give_list(made, wanted, which);
  if (result == 0) result = give_other_lists(made, wanted, which);
  return result < 0 ? result : set_mode(made, wanted.mode);
}

// The creator sets the rights first, so that for a moment the new owner has fewer, and then changes
// the owner. That clears the set-ID bits, which is an error.
std::int64_t file_identity::give_rights_first(const owned_fd& made, uid_t creator,
                                              const struct stat& whose) const {
  system_calls& system = *made.system();
  std::int64_t result = system.fchown(made.get(), creator, same_group);
  if (result == 0) result = give_rights(made, whose, lists::wanted);
  struct stat given;
  if (result == 0) result = system.fstat(made.get(), given);
  if (result == 0) result = system.fchown(made.get(), whose.st_uid, same_group);
  return result < 0 ? result : set_mode(made, given.st_mode & all_bits);
}

std::int64_t file_identity::give_list(const owned_fd& made, access_rights& wanted,
                                      lists which) const {
  if (wanted.list.empty()) return 0;
  const std::vector<char> value = serialize(wanted.list);
  const std::int64_t result =
      made.system()->fsetxattr(made.get(), access_list_attribute, value.data(), value.size());
  if (result == 0) return 0;
  if (!is_not_allowed(result)) return result;
  if (which == lists::needed) return -EPERM;
  wanted.list.clear();
  wanted.mode = mode_without_list(rights_, wanted.owner, wanted.group);
  return 0;
}

// Their format is unknown here: they are kept unchanged, or only the owner can access the file.
std::int64_t file_identity::give_other_lists(const owned_fd& made, access_rights& wanted,
                                             lists which) const {
  const bool is_its_own = wanted.owner == rights_.owner && wanted.group == rights_.group;
  for (const file_attribute& each : attributes_) {
    if (!is_other_access_list(each.name)) continue;
    std::int64_t result = -EPERM;
    if (is_its_own)
      result = made.system()->fsetxattr(made.get(), each.name.c_str(), each.value.data(),
                                        each.value.size());
    if (result < 0 && (which == lists::needed || !is_not_allowed(result))) return result;
    if (result < 0) wanted.mode &= ~static_cast<mode_t>(S_IRWXG | S_IRWXO);
  }
  return 0;
}

mode_t mode_of_copy(const owned_fd& source, const struct stat& status) noexcept {
  constexpr mode_t permissions = S_IRWXU | S_IRWXG | S_IRWXO;
  access_rights rights{
      status.st_uid, status.st_gid, static_cast<mode_t>(status.st_mode & permissions), {}};
  if (!S_ISREG(status.st_mode)) return rights.mode;
  try {
    if (read_list(source, rights.list) < 0) return rights.mode & S_IRWXU;
    return mode_without_list(rights, status.st_uid, status.st_gid);
  } catch (const std::bad_alloc&) {
    return rights.mode & S_IRWXU;
  }
}

}  // namespace asiofile::detail
