// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The calls of a simulated file system on names.

#include "operations/completion.hpp"
#include "testing/memory_system.hpp"

#include <boost/system/system_error.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace asiofile::testing::detail {

std::int64_t memory_system::find_path(int base, const char* path, last_link last, found_path& found,
                                      reach how_far) {
  if (const std::int64_t invalid = check_path(path); invalid != 0) return invalid;
  std::int64_t error = 0;
  const bool is_absolute = path[0] == '/';
  const opened* const from = usable(is_absolute ? first_fd : base, error);
  if (from == nullptr) return error;
  if (!is_absolute && !from->node->is_directory()) return -ENOTDIR;
  return walk(root_, from->node, path, last, found, how_far);
}

std::int64_t memory_system::find_name(int base, const char* path, found_path& found,
                                      reach how_far) {
  const std::int64_t result = find_path(base, path, last_link::never, found, how_far);
  return result == 0 && found.is_too_long ? -ENAMETOOLONG : result;
}

// ---- opening

std::int64_t memory_system::open(int base, const char* path, int flags, unsigned mode,
                                 reach how_far) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::open, path_in(base, path)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    const bool creates = (flags & O_CREAT) != 0;
    const last_link last = (flags & O_NOFOLLOW) != 0 ? last_link::stop
                           : creates                 ? last_link::create
                                                     : last_link::follow;
    found_path found;
    std::int64_t result = creates && (flags & O_EXCL) != 0
                              ? find_name(base, path, found, how_far)
                              : find_path(base, path, last, found, how_far);
    if (result != 0) return result;
    auto made = std::make_shared<opened>();
    made->flags = flags;
    made->path = what.path;
#if defined(O_TMPFILE)
    const bool is_unnamed = (flags & O_TMPFILE) == O_TMPFILE;
#else
    constexpr bool is_unnamed = false;
#endif
    result = is_unnamed ? open_unnamed(found, flags, mode, *made)
                        : open_found(found, flags, mode, *made);
    if (result != 0) return result;
    // As in /proc, because its directory is another file.
    if (is_unnamed) made->path += "/#" + std::to_string(made->node->inode);
    made->failed_syncs_seen = made->node->failed_syncs;
    return give_number(std::move(made));
  });
}

// In the order of Linux's open_last_lookups() and may_open().
std::int64_t memory_system::open_found(const found_path& found, int flags, unsigned mode,
                                       opened& made) {
  const bool creates = (flags & O_CREAT) != 0;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  if (creates && (flags & O_DIRECTORY) != 0) return -EINVAL;
  if (creates && !found.has_no_name() && found.ends_in_slash) return -EISDIR;
  if (found.is_missing()) {
    if (!creates || found.parent->is_removed()) return -ENOENT;
    made.node = make_node(file_type::regular, mode);
    add_name(found, made.node);
    return 0;
  }
  const file_node& node = *found.node;
  if (creates && (flags & O_EXCL) != 0) return -EEXIST;
  if (creates && node.is_directory()) return -EISDIR;
  if (found.is_wrongly_slashed()) return -ENOTDIR;
  if ((flags & O_DIRECTORY) != 0 && !node.is_directory()) return -ENOTDIR;
  if (node.type == file_type::symbolic_link) return -ELOOP;
  if (node.is_directory() && writes) return -EISDIR;
#if defined(O_DIRECT)
  if (node.is_directory() && (flags & O_DIRECT) != 0) return -EINVAL;
#endif
  made.node = found.node;
  const bool is_cut = (flags & O_TRUNC) != 0 && node.data.size() != 0;
  if (is_cut) made.node->data.resize(0);
  return 0;
}

// O_TMPFILE in open(2).
std::int64_t memory_system::open_unnamed(const found_path& found, int flags, unsigned mode,
                                         opened& made) {
  if ((flags & O_ACCMODE) == O_RDONLY) return -EINVAL;
  if (found.is_missing()) return -ENOENT;
  if (!found.node->is_directory()) return -ENOTDIR;
  made.node = make_node(file_type::regular, mode);
  made.is_linkable = (flags & O_EXCL) == 0;
  return 0;
}

void memory_system::add_name(const found_path& at, const node_ptr& node) {
  ++node->link_count;
  if (node->is_directory()) {
    ++node->link_count;
    ++at.parent->link_count;
    node->parent = at.parent;
  }
  at.parent->modified = now;
  name_changes_.make({{at.parent, at.name, node}});
}

// ---- looking

std::int64_t memory_system::path_status(int base, const char* path, bool follow,
                                        file_status& status) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::status, path_in(base, path)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    found_path found;
    std::int64_t result =
        find_path(base, path, follow ? last_link::follow : last_link::stop, found);
    if (result == 0) result = found.existing();
    if (result == 0) fill(*found.node, status);
    return result;
  });
}

std::int64_t memory_system::list(int fd, std::vector<directory_entry>& entries) noexcept {
  const files_guard lock(mutex);
  return make({call_kind::list, path_of(fd)}, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    const opened* const its = usable(fd, error);
    if (its == nullptr) return error;
    if (!its->node->is_directory()) return -ENOTDIR;
    for (const auto& [name, node] : its->node->entries)
      entries.push_back({name, node->type, node->inode});
    // The order of a file system is arbitrary.
    for (std::size_t left = entries.size(); left > 1; --left)
      std::swap(entries[left - 1], entries[static_cast<std::size_t>(chance.below(left))]);
    return 0;
  });
}

std::int64_t memory_system::read_symlink(int base, const char* path, char* into,
                                         std::size_t size) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::link, path_in(base, path)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    found_path found;
    std::int64_t result = find_path(base, path, last_link::stop, found);
    if (result == 0) result = found.existing();
    if (result != 0) return result;
    if (found.node->type != file_type::symbolic_link) return -EINVAL;
    const std::size_t count = std::min(size, found.node->target.size());
    std::memcpy(into, found.node->target.data(), count);
    return static_cast<std::int64_t>(count);
  });
}

// ---- making

std::int64_t memory_system::make_directory(int base, const char* path, unsigned mode) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::create_directory, path_in(base, path)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    found_path found;
    const std::int64_t result = find_name(base, path, found);
    if (result != 0) return result;
    if (found.node) return -EEXIST;
    if (found.parent->is_removed()) return -ENOENT;
    add_name(found, make_node(file_type::directory, mode));
    return 0;
  });
}

std::int64_t memory_system::link(int from_base, const char* from, int to_base,
                                 const char* to) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::link, path_in(from_base, from), path_in(to_base, to)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    found_path source;
    std::int64_t result = find_path(from_base, from, last_link::stop, source);
    if (result == 0) result = source.existing();
    if (result != 0) return result;
    return add_link(to_base, to, source.node);
  });
}

std::int64_t memory_system::add_link(int base, const char* path, const node_ptr& node) {
  found_path target;
  const std::int64_t result = find_name(base, path, target);
  if (result != 0) return result;
  if (target.node) return -EEXIST;
  if (target.ends_in_slash || target.parent->is_removed()) return -ENOENT;
  if (node->is_directory()) return -EPERM;
  add_name(target, node);
  return 0;
}

std::int64_t memory_system::link_descriptor(int fd, int to_base, const char* to) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::link, path_of(fd), path_in(to_base, to)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    const opened* const its = usable(fd, error);
    if (its == nullptr) return error;
    // A removed file cannot get a name again; a file that never had one can, if it was opened
    // without O_EXCL.
    if (its->node->link_count == 0 && !its->is_linkable) return -ENOENT;
    return add_link(to_base, to, its->node);
  });
}

std::int64_t memory_system::make_symlink(const char* target, int base, const char* path) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::link, path_in(base, path)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    if (*target == '\0') return -ENOENT;
    // Linux copies the text as it copies a path (getname()), which has this limit.
    if (std::strlen(target) >= PATH_MAX) return -ENAMETOOLONG;
    found_path found;
    const std::int64_t result = find_name(base, path, found);
    if (result != 0) return result;
    if (found.node) return -EEXIST;
    if (found.ends_in_slash || found.parent->is_removed()) return -ENOENT;
    const node_ptr made = make_node(file_type::symbolic_link, 0777);
    made->mode = 0777;
    made->target = target;
    add_name(found, made);
    return 0;
  });
}

// ---- what a test does past the calls

void memory_system::put(const std::string& path, std::string_view bytes) {
  const auto check = [&](std::int64_t result) {
    if (result < 0)
      throw boost::system::system_error(boost::system::error_code(static_cast<int>(-result),
                                                                  boost::system::system_category()),
                                        "asiofile::testing::file_system::write_file: " + path);
  };
  const std::string whole = absolute_path("/", path);
  for (std::size_t end = whole.find('/', 1); end != std::string::npos;
       end = whole.find('/', end + 1)) {
    found_path above;
    check(walk(root_, root_, whole.substr(0, end), last_link::follow, above));
    if (!above.node) add_name(above, make_node(file_type::directory, 0777));
    name_changes_.sync(*above.parent);
  }
  found_path found;
  check(walk(root_, root_, whole, last_link::follow, found));
  if (found.has_no_name() || (found.node && found.node->type != file_type::regular)) check(-EISDIR);
  if (!found.node) {
    found.node = make_node(file_type::regular, 0666);
    add_name(found, found.node);
  }
  name_changes_.sync(*found.parent);
  file_data& data = found.node->data;
  data.resize(0);
  if (data.room_for(0, bytes.size()) < bytes.size()) check(-ENOSPC);
  data.write(0, bytes);
  data.sync();
}

std::optional<std::string> memory_system::content(const std::string& path) {
  found_path found;
  const std::int64_t result =
      walk(root_, root_, absolute_path("/", path), last_link::follow, found);
  if (result != 0 || !found.node || found.node->type != file_type::regular) return std::nullopt;
  const file_data& data = found.node->data;
  std::string bytes(static_cast<std::size_t>(data.size()), '\0');
  data.read(0, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace asiofile::testing::detail
