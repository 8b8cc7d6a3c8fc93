// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Changes of names that are not durable yet.
//
// A crash may keep any of them (`names_in_crash`), but the result is always consistent:
// - A change needs the earlier ones of the same names.
// - Directories are moved in their original order: otherwise one could end up in itself.
// - A directory is removed only after what was moved out of it.
// - A durable file or directory is not moved to a directory that is not durable.
//
// Likewise, a sync makes changes durable together with everything that they need.

#include "testing/file_node.hpp"
#include "testing/random.hpp"

#include <asiofile/testing/file_system_options.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace asiofile::testing::detail {

// One name, which was made to refer to a node, or (null) removed.
struct name_change {
  node_ptr directory;
  std::string name;
  node_ptr leads_to;
  // The node that it referred to before.
  node_ptr was = nullptr;
};

// The changes of one call: either all of them become durable, or none.
using name_changes_of_call = std::vector<name_change>;

class name_changes {
 public:
  // `root` outlives it. `kept`: what a crash keeps.
  name_changes(const file_node& root, names_in_crash kept) noexcept : root_(root), kept_(kept) {}

  // Applies the changes and records them.
  void make(name_changes_of_call made);

  // Makes the changes in a directory durable, and those that they need.
  void sync(const file_node& directory);
  void sync_all();

  // Makes those durable that the seed decides, and forgets the rest.
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
