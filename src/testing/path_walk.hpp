// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// From a path to what it names: path_resolution(7).

#include "testing/file_node.hpp"

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace asiofile::testing::detail {

// What to do where the last component is a symbolic link.
enum class last_link : std::uint8_t {
  follow,
  // Follow, unless a slash stands behind it: whoever creates a file reports that at once.
  create,
  // The link itself, unless a slash stands behind it.
  stop,
  // The link itself.
  never
};

// Where a path may lead.
enum class reach : std::uint8_t {
  anywhere,
  // Not out of the directory in which it begins: RESOLVE_BENEATH in openat2(2).
  beneath
};

struct found_path {
  // The directory that has the last component, or is to have it.
  node_ptr parent;
  // Empty where the path ends in the root, "." or "..".
  std::string name;
  // Null where there is no such file.
  node_ptr node;
  bool ends_in_slash = false;
  bool is_dot = false;
  bool is_dot_dot = false;
  // Only where the name is not followed: longer than a name can be.
  bool is_too_long = false;

  [[nodiscard]] bool is_missing() const noexcept { return node == nullptr; }
  // Ends in the root, "." or "..".
  [[nodiscard]] bool has_no_name() const noexcept { return name.empty(); }
  [[nodiscard]] bool is_wrongly_slashed() const noexcept {
    return ends_in_slash && node && !node->is_directory();
  }
  // For those that look for something that exists.
  [[nodiscard]] std::int64_t existing() const noexcept {
    if (is_missing()) return -ENOENT;
    return is_wrongly_slashed() ? -ENOTDIR : 0;
  }
};

// What Linux says of a path before it looks at anything (getname()): 0, -ENOENT or -ENAMETOOLONG.
std::int64_t check_path(std::string_view path) noexcept;

// Returns 0 or an errno value, negated. That the last component is missing is no error.
std::int64_t walk(const node_ptr& root, const node_ptr& base, std::string_view path, last_link last,
                  found_path& found, reach how_far = reach::anywhere);

// As people and rules know it: absolute, without "." and repeated slashes.
std::string absolute_path(std::string_view base, std::string_view path);

}  // namespace asiofile::testing::detail
