// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "whole_files/file_attributes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#if !defined(ENODATA)
#define ENODATA ENOATTR
#endif

namespace asiofile::detail {

namespace {

bool is_kept(std::string_view name) noexcept {
  // The kernel drops the first when a file is written; the others are signatures of the content.
  constexpr std::array<std::string_view, 3> of_the_content{"security.capability", "security.ima",
                                                           "security.evm"};
  return !name.starts_with("system.posix_acl_") &&
         std::ranges::find(of_the_content, name) == of_the_content.end();
}

// Calls `read` with enough memory for the value, which may grow meanwhile.
template <typename Read>
std::int64_t read_all(std::vector<char>& value, Read&& read) {
  for (;;) {
    std::int64_t size = read(nullptr, std::size_t{0});
    if (size < 0) return size;
    value.resize(static_cast<std::size_t>(size));
    if (size != 0) size = read(value.data(), value.size());
    if (size == -ERANGE) continue;
    if (size >= 0) value.resize(static_cast<std::size_t>(size));
    return size < 0 ? size : 0;
  }
}

}  // namespace

bool is_other_access_list(std::string_view name) noexcept {
  return name.starts_with("system.") && !name.starts_with("system.posix_acl_");
}

bool is_not_allowed(std::int64_t result) noexcept {
  switch (-result) {
    case EPERM:
    case EACCES:
    case EOPNOTSUPP:
    case ENOSYS:
    // A user or group that has no number in this user namespace (user_namespaces(7)).
    case EINVAL: return true;
    default: return false;
  }
}

std::int64_t read_attribute(const owned_fd& file, const char* name, std::vector<char>& value) {
  return read_all(value, [&](char* into, std::size_t size) {
    return file.system()->fgetxattr(file.get(), name, into, size);
  });
}

std::int64_t read_attributes(const owned_fd& file, std::vector<file_attribute>& found) {
  found.clear();
  std::vector<char> names;
  const std::int64_t listed = read_all(names, [&](char* into, std::size_t size) {
    return file.system()->flistxattr(file.get(), into, size);
  });
  if (listed < 0) return is_not_allowed(listed) ? 0 : listed;
  for (auto begin = names.begin(); begin != names.end();) {
    const auto end = std::find(begin, names.end(), '\0');
    file_attribute next{std::string(begin, end), {}};
    begin = end == names.end() ? end : end + 1;
    if (!is_kept(next.name)) continue;
    const std::int64_t result = read_attribute(file, next.name.c_str(), next.value);
    if (result == 0) {
      found.push_back(std::move(next));
      continue;
    }
    // It was removed meanwhile, or this process may not read it.
    if (result != -ENODATA && !is_not_allowed(result)) return result;
    // Its content cannot be read, but it restricts access.
    if (is_other_access_list(next.name)) return result;
  }
  return 0;
}

}  // namespace asiofile::detail
