// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// Removing and renaming in a simulated file system.

#include "testing/memory_system.hpp"

#include <cerrno>
#include <utility>

namespace asiofile::testing::detail {

namespace {

constexpr unsigned no_replace_flag = 1;  // of renameat2(2)
constexpr unsigned exchange_flag = 2;

// Whether `directory` is `above` or somewhere in it.
bool is_in(node_ptr directory, const node_ptr& above) {
  for (;;) {
    if (directory == above) return true;
    node_ptr parent = directory->parent.lock();
    if (!parent || parent == directory) return false;
    directory = std::move(parent);
  }
}

}  // namespace

std::int64_t memory_system::remove(int base, const char* path, bool is_directory) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::remove, path_in(base, path)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    found_path found;
    const std::int64_t result = find_name(base, path, found);
    if (result != 0) return result;
    if (found.has_no_name()) {
      if (!is_directory) return -EISDIR;
      return found.is_dot ? -EINVAL : found.is_dot_dot ? -ENOTEMPTY : -EBUSY;
    }
    if (found.is_missing()) return -ENOENT;
    file_node& node = *found.node;
    if (!is_directory && node.is_directory()) return -EISDIR;
    if (!is_directory && found.ends_in_slash) return -ENOTDIR;
    if (is_directory && !node.is_directory()) return -ENOTDIR;
    if (is_directory && !node.entries.empty()) return -ENOTEMPTY;
    if (is_directory) {
      node.link_count = 0;
      --found.parent->link_count;
    } else {
      --node.link_count;
    }
    found.parent->modified = now;
    name_changes_.make({{found.parent, found.name, nullptr}});
    return 0;
  });
}

std::int64_t memory_system::rename(int from_base, const char* from, int to_base, const char* to,
                                   unsigned flags) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::rename, path_in(from_base, from), path_in(to_base, to)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    if ((flags & ~(no_replace_flag | exchange_flag)) != 0 ||
        flags == (no_replace_flag | exchange_flag))
      return -EINVAL;
    found_path source;
    found_path target;
    std::int64_t result = find_path(from_base, from, last_link::never, source);
    if (result == 0) result = find_path(to_base, to, last_link::never, target);
    return result == 0 ? rename_found(source, target, flags) : result;
  });
}

// In the order of Linux's do_renameat2() and vfs_rename().
std::int64_t memory_system::rename_found(const found_path& from, const found_path& to,
                                         unsigned flags) {
  const bool is_exchange = (flags & exchange_flag) != 0;
  const bool may_not_replace = (flags & no_replace_flag) != 0;
  if (from.has_no_name()) return -EBUSY;
  if (to.has_no_name()) return may_not_replace ? -EEXIST : -EBUSY;
  if (from.is_too_long) return -ENAMETOOLONG;
  if (from.is_missing()) return -ENOENT;
  if (to.is_too_long) return -ENAMETOOLONG;
  if (may_not_replace && to.node) return -EEXIST;
  if (is_exchange && to.is_missing()) return -ENOENT;
  if (is_exchange && to.is_wrongly_slashed()) return -ENOTDIR;
  const bool moves_directory = from.node->is_directory();
  if (!moves_directory && (from.ends_in_slash || (!is_exchange && to.ends_in_slash)))
    return -ENOTDIR;
  if (moves_directory && is_in(to.parent, from.node)) return -EINVAL;
  if (to.node && to.node->is_directory() && is_in(from.parent, to.node))
    return is_exchange ? -EINVAL : -ENOTEMPTY;
  if (from.node == to.node) return 0;
  if (to.parent->is_removed()) return -ENOENT;
  if (to.node && !is_exchange) {
    if (moves_directory && !to.node->is_directory()) return -ENOTDIR;
    if (!moves_directory && to.node->is_directory()) return -EISDIR;
    if (!to.node->entries.empty()) return -ENOTEMPTY;
  }

  if (moves_directory) {
    --from.parent->link_count;
    ++to.parent->link_count;
    from.node->parent = to.parent;
  }
  if (to.node && to.node->is_directory()) {
    --to.parent->link_count;
    if (is_exchange) ++from.parent->link_count;
  }
  if (is_exchange) {
    if (to.node->is_directory()) to.node->parent = from.parent;
  } else if (to.node) {
    to.node->link_count = to.node->is_directory() ? 0 : to.node->link_count - 1;
  }
  from.parent->modified = to.parent->modified = now;
  name_changes_.make(
      {{from.parent, from.name, is_exchange ? to.node : nullptr}, {to.parent, to.name, from.node}});
  return 0;
}

}  // namespace asiofile::testing::detail
