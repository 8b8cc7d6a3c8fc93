// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Resolves paths: path_resolution(7).

#include "testing/file_node.hpp"

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace asiofile::testing::detail {

// What to do if the last component is a symbolic link.
enum class last_link : std::uint8_t {
  follow,
  // Follow, unless a slash follows it: creating a file fails immediately then.
  create,
  // The link itself, unless a slash follows it.
  stop,
  // The link itself.
  never
};

// Where a path may lead.
enum class reach : std::uint8_t {
  anywhere,
  // Only beneath the directory in which it begins: RESOLVE_BENEATH in openat2(2).
  beneath
};

struct found_path {
  // The directory that has the last component, or is to have it.
  node_ptr parent;
  // Empty if the path ends in the root, "." or "..".
  std::string name;
  // Null if there is no such file.
  node_ptr node;
  bool ends_in_slash = false;
  bool is_dot = false;
  bool is_dot_dot = false;
  // The name is longer than names can be. Set only if the name is not followed.
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

// What Linux returns for a path before it looks anything up (getname()): 0, -ENOENT or
// -ENAMETOOLONG.
std::int64_t check_path(std::string_view path) noexcept;

// Returns 0 or an errno value, negated. A missing last component is no error.
std::int64_t walk(const node_ptr& root, const node_ptr& base, std::string_view path, last_link last,
                  found_path& found, reach how_far = reach::anywhere);

// As shown in messages and used in rules: absolute, without "." and repeated slashes.
std::string absolute_path(std::string_view base, std::string_view path);

}  // namespace asiofile::testing::detail
