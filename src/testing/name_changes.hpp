// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Changes of names that are not durable yet.
//
// A crash may leave any of them (`names_in_crash`), but the result is always consistent:
// - A change needs the earlier ones of the same names.
// - Directories are moved in their original order: otherwise one could end up in itself.
// - A directory is removed only after what was moved out of it.
// - A durable file or directory is not moved to a directory that is not durable.
//
// So does a sync: what it makes durable, it does with all that this needs.

#include "testing/file_node.hpp"
#include "testing/random.hpp"

#include <asiofile/testing/file_system_options.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace asiofile::testing::detail {

// One name, made to lead to a node, or (null) removed.
struct name_change {
  node_ptr directory;
  std::string name;
  node_ptr leads_to;
  // What it led to before.
  node_ptr was = nullptr;
};

// What one call changed: all of it is durable or nothing.
using name_changes_of_call = std::vector<name_change>;

class name_changes {
 public:
  // `root` outlives it. `kept`: what a crash leaves.
  name_changes(const file_node& root, names_in_crash kept) noexcept : root_(root), kept_(kept) {}

  // Takes effect, and is recorded.
  void make(name_changes_of_call made);

  // Makes durable what was changed in a directory, and what that needs.
  void sync(const file_node& directory);
  void sync_all();

  // Makes durable what the seed decides, and forgets the rest.
  void crash(random& chance);

 private:
  [[nodiscard]] bool is_durable(const file_node& directory) const noexcept;
  [[nodiscard]] bool moves_what_is_durable(const name_changes_of_call& made) const;
  [[nodiscard]] bool leads_to_durable_places(const name_changes_of_call& made) const;
  bool add_needed_by_names(std::vector<bool>& is_needed) const;
  bool add_needed_by_places(std::vector<bool>& is_needed) const;
  bool add_place(const file_node* directory, std::vector<bool>& is_needed) const;

  const file_node& root_;
  const names_in_crash kept_;
  std::vector<name_changes_of_call> pending_;
};

}  // namespace asiofile::testing::detail
