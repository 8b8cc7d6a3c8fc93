#include "whole_files/file_identity.hpp"

#include "system/system_calls.hpp"

#include <unistd.h>
#if defined(__linux__)
#include <linux/limits.h>
#include <sys/xattr.h>
#endif

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <string_view>
#include <vector>

namespace asiofile::detail {

namespace {

struct kept {
  bool owner;
  bool group;
};

kept keep_owner(int new_fd, const struct stat& original) noexcept {
  struct stat now;
  if (system::fstat(new_fd, now) == -1) return {false, false};
  const kept already{now.st_uid == original.st_uid, now.st_gid == original.st_gid};
  if (already.owner && already.group) return already;
  if (::fchown(new_fd, original.st_uid, original.st_gid) == 0) return {true, true};
  // Its members may give a file to a group; only a privileged process to another user.
  if (already.group || ::fchown(new_fd, static_cast<uid_t>(-1), original.st_gid) == 0)
    return {already.owner, true};
  return already;
}

// Nobody gets more by the mode than he had, or others have.
mode_t kept_mode(mode_t mode, kept whose) noexcept {
  constexpr mode_t others = S_IROTH | S_IWOTH | S_IXOTH;
  mode &= S_ISUID | S_ISGID | S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO;
  if (!whose.owner) mode &= ~static_cast<mode_t>(S_ISUID);
  if (!whose.group) {
    const mode_t group = (mode & others) << 3;
    mode &= ~static_cast<mode_t>(S_ISGID | S_IRWXG) | group;
  }
  return mode;
}

#if defined(__linux__)

constexpr char access_list[] = "system.posix_acl_access";

bool is_kept(std::string_view attribute, kept whose) noexcept {
  // The kernel drops the first when a file is written; the others are signatures of the content.
  constexpr std::array<std::string_view, 3> of_the_content{
      "security.capability", "security.ima", "security.evm"};
  if (attribute == access_list) return whose.owner && whose.group;
  return std::ranges::find(of_the_content, attribute) == of_the_content.end();
}

void keep_attributes(int new_fd, int directory, const std::string& name, kept whose) {
  // From the directory's default, which the original need not have.
  ::fremovexattr(new_fd, access_list);
  const std::string original = "/proc/self/fd/" + std::to_string(directory) + '/' + name;
  std::vector<char> names(XATTR_LIST_MAX);
  std::vector<char> value(XATTR_SIZE_MAX);
  const ssize_t listed = ::llistxattr(original.c_str(), names.data(), names.size());
  for (ssize_t i = 0; i < listed;) {
    const char* const attribute = &names[static_cast<std::size_t>(i)];
    i += static_cast<ssize_t>(std::strlen(attribute)) + 1;
    if (!is_kept(attribute, whose)) continue;
    const ssize_t size = ::lgetxattr(original.c_str(), attribute, value.data(), value.size());
    if (size >= 0)
      ::fsetxattr(new_fd, attribute, value.data(), static_cast<std::size_t>(size), 0);
  }
}

#else

void keep_attributes(int, int, const std::string&, kept) {}

#endif

}  // namespace

void keep_identity(int new_fd, int directory, const std::string& name,
                   const struct stat& original) noexcept {
  const kept whose = keep_owner(new_fd, original);
  try {
    keep_attributes(new_fd, directory, name, whose);
  } catch (const std::exception&) {
    // No memory for attributes: as far as it may.
  }
  // Last: giving a file away takes the set-ID bits, and an access list changes the group's.
  static_cast<void>(system::fchmod(new_fd, kept_mode(original.st_mode, whose)));
}

}  // namespace asiofile::detail
