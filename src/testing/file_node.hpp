// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// A file, directory or symbolic link of a simulated file system.

#include "testing/file_data.hpp"

#include <asiofile/file_status.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asiofile::testing::detail {

class file_node;
using node_ptr = std::shared_ptr<file_node>;
using names = std::map<std::string, node_ptr, std::less<>>;

class file_node {
 public:
  file_node(file_type what, std::uint64_t number, unsigned permissions, std::shared_ptr<storage> on)
      : type(what), inode(number), mode(permissions), data(std::move(on)) {}

  [[nodiscard]] bool is_directory() const noexcept { return type == file_type::directory; }
  // For a directory.
  [[nodiscard]] bool is_removed() const noexcept { return link_count == 0; }

  [[nodiscard]] node_ptr find(std::string_view name) const {
    const auto found = entries.find(name);
    return found == entries.end() ? nullptr : found->second;
  }

  const file_type type;
  const std::uint64_t inode;
  unsigned mode;
  // The values that it had since it was last durable: any may be left after a crash.
  std::vector<unsigned> earlier_modes;
  std::uint64_t link_count = 0;
  std::chrono::nanoseconds created{};
  std::chrono::nanoseconds modified{};

  // regular
  file_data data;
  // Syncs that have failed. Descriptors remember which of them they have reported.
  std::uint64_t failed_syncs = 0;

  // directory: its names, as lookups find them, and as they are after a crash. The root is its own
  // parent.
  names entries;
  names durable_entries;
  std::weak_ptr<file_node> parent;
  // The directory that it is durably in, or null.
  std::weak_ptr<file_node> durable_parent;

  // symbolic_link
  std::string target;
};

}  // namespace asiofile::testing::detail
