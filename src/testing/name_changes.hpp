#pragma once

// Changes of names that are not durable yet.

#include "testing/file_node.hpp"
#include "testing/random.hpp"

#include <asiofile/testing/file_system_options.hpp>

#include <string>
#include <utility>
#include <vector>

namespace asiofile::testing::detail {

// One name, made to lead to a node, or (null) removed.
struct name_change {
  node_ptr directory;
  std::string name;
  node_ptr leads_to;
};

// What one call changed: all of it is durable or nothing.
using name_changes_of_call = std::vector<name_change>;

class name_changes {
 public:
  // Takes effect for those who look, and is remembered.
  void make(name_changes_of_call made);

  // Makes durable what was changed in a directory, and what that depends on.
  void sync(const file_node& directory);

  // Makes durable what chance and `kept` say, and forgets the rest.
  void crash(names_in_crash kept, random& chance);

 private:
  static void apply(const name_changes_of_call& made);

  std::vector<name_changes_of_call> pending_;
};

}  // namespace asiofile::testing::detail
