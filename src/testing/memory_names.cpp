// What a simulated file system does with names.

#include "operations/completion.hpp"
#include "testing/memory_system.hpp"

#include <boost/system/system_error.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace asiofile::testing::detail {

namespace {

constexpr unsigned no_replace_flag = 1;  // of renameat2(2)
constexpr unsigned exchange_flag = 2;

bool is_missing(const found_path& found) noexcept { return found.node == nullptr; }

// Ends in the root, "." or "..".
bool has_no_name(const found_path& found) noexcept { return found.name.empty(); }

bool is_wrongly_slashed(const found_path& found) noexcept {
  return found.ends_in_slash && found.node && !found.node->is_directory();
}

// For those that look for something that exists.
std::int64_t existing(const found_path& found) noexcept {
  if (is_missing(found)) return -ENOENT;
  return is_wrongly_slashed(found) ? -ENOTDIR : 0;
}

bool is_removed(const file_node& directory) noexcept { return directory.link_count == 0; }

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

std::int64_t memory_system::find_path(int base, const char* path, last_link last,
                                      found_path& found) {
  std::int64_t error = 0;
  const bool is_absolute = path[0] == '/';
  const opened* const from = usable(is_absolute ? first_fd_ : base, error);
  if (from == nullptr) return error;
  if (!is_absolute && !from->node->is_directory()) return -ENOTDIR;
  return walk(root_, from->node, path, last, found);
}

std::int64_t memory_system::find_name(int base, const char* path, found_path& found) {
  const std::int64_t result = find_path(base, path, last_link::never, found);
  return result == 0 && found.is_too_long ? -ENAMETOOLONG : result;
}

// ---- opening

std::int64_t memory_system::open(int base, const char* path, int flags, unsigned mode) noexcept {
  const std::lock_guard lock(mutex);
  const call what{call_kind::open, path_in(base, path)};
  return make(what, [&]() -> std::int64_t {
    const bool creates = (flags & O_CREAT) != 0;
    const last_link last = (flags & O_NOFOLLOW) != 0 ? last_link::stop
                           : creates                 ? last_link::create
                                                     : last_link::follow;
    found_path found;
    std::int64_t result = creates && (flags & O_EXCL) != 0 ? find_name(base, path, found)
                                                           : find_path(base, path, last, found);
    if (result != 0) return result;
    opened made;
    made.flags = flags;
    made.path = what.path;
#if defined(O_TMPFILE)
    const bool is_unnamed = (flags & O_TMPFILE) == O_TMPFILE;
#else
    constexpr bool is_unnamed = false;
#endif
    result =
        is_unnamed ? open_unnamed(found, flags, mode, made) : open_found(found, flags, mode, made);
    if (result != 0) return result;
    made.failed_syncs_seen = made.node->failed_syncs;
    const int fd = lowest_free_fd();
    if (fd == first_fd_ + asiofile::detail::simulated_fds_each) return -EMFILE;
    descriptors_.emplace(fd, std::move(made));
    return fd;
  });
}

// In the order of Linux's open_last_lookups() and may_open().
std::int64_t memory_system::open_found(const found_path& found, int flags, unsigned mode,
                                       opened& made) {
  const bool creates = (flags & O_CREAT) != 0;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  if (creates && (flags & O_DIRECTORY) != 0) return -EINVAL;
  if (creates && !has_no_name(found) && found.ends_in_slash) return -EISDIR;
  if (is_missing(found)) {
    if (!creates || is_removed(*found.parent)) return -ENOENT;
    made.node = make_node(file_type::regular, mode);
    add_name(found, made.node);
    return 0;
  }
  const file_node& node = *found.node;
  if (creates && (flags & O_EXCL) != 0) return -EEXIST;
  if (creates && node.is_directory()) return -EISDIR;
  if (is_wrongly_slashed(found)) return -ENOTDIR;
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
  if (is_missing(found)) return -ENOENT;
  if (!found.node->is_directory()) return -ENOTDIR;
  made.node = make_node(file_type::regular, mode);
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
  const std::lock_guard lock(mutex);
  return make({call_kind::status, path_in(base, path)}, [&]() -> std::int64_t {
    found_path found;
    std::int64_t result =
        find_path(base, path, follow ? last_link::follow : last_link::stop, found);
    if (result == 0) result = existing(found);
    if (result == 0) fill(*found.node, status);
    return result;
  });
}

std::int64_t memory_system::list(int fd, std::vector<directory_entry>& entries) noexcept {
  const std::lock_guard lock(mutex);
  return make({call_kind::list, path_of(fd)}, [&]() -> std::int64_t {
    std::int64_t error = 0;
    const opened* const its = usable(fd, error);
    if (its == nullptr) return error;
    if (!its->node->is_directory()) return -ENOTDIR;
    for (const auto& [name, node] : its->node->entries)
      entries.push_back({name, node->type, node->inode});
    // A file system's order is none.
    for (std::size_t left = entries.size(); left > 1; --left)
      std::swap(entries[left - 1], entries[static_cast<std::size_t>(chance.below(left))]);
    return 0;
  });
}

std::int64_t memory_system::read_symlink(int base, const char* path, char* into,
                                         std::size_t size) noexcept {
  const std::lock_guard lock(mutex);
  return make({call_kind::link, path_in(base, path)}, [&]() -> std::int64_t {
    found_path found;
    std::int64_t result = find_path(base, path, last_link::stop, found);
    if (result == 0) result = existing(found);
    if (result != 0) return result;
    if (found.node->type != file_type::symbolic_link) return -EINVAL;
    const std::size_t count = std::min(size, found.node->target.size());
    std::memcpy(into, found.node->target.data(), count);
    return static_cast<std::int64_t>(count);
  });
}

// ---- making

std::int64_t memory_system::make_directory(int base, const char* path, unsigned mode) noexcept {
  const std::lock_guard lock(mutex);
  return make({call_kind::create_directory, path_in(base, path)}, [&]() -> std::int64_t {
    found_path found;
    const std::int64_t result = find_name(base, path, found);
    if (result != 0) return result;
    if (found.node) return -EEXIST;
    if (is_removed(*found.parent)) return -ENOENT;
    add_name(found, make_node(file_type::directory, mode));
    return 0;
  });
}

std::int64_t memory_system::link(int from_base, const char* from, int to_base,
                                 const char* to) noexcept {
  const std::lock_guard lock(mutex);
  const call what{call_kind::link, path_in(from_base, from), path_in(to_base, to)};
  return make(what, [&]() -> std::int64_t {
    found_path source;
    std::int64_t result = find_path(from_base, from, last_link::stop, source);
    if (result == 0) result = existing(source);
    found_path target;
    if (result == 0) result = find_name(to_base, to, target);
    if (result != 0) return result;
    if (target.node) return -EEXIST;
    if (target.ends_in_slash || is_removed(*target.parent)) return -ENOENT;
    if (source.node->is_directory()) return -EPERM;
    if (source.node->link_count == 0) return -ENOENT;
    add_name(target, source.node);
    return 0;
  });
}

std::int64_t memory_system::make_symlink(const char* target, int base, const char* path) noexcept {
  const std::lock_guard lock(mutex);
  return make({call_kind::link, path_in(base, path)}, [&]() -> std::int64_t {
    if (*target == '\0') return -ENOENT;
    found_path found;
    const std::int64_t result = find_name(base, path, found);
    if (result != 0) return result;
    if (found.node) return -EEXIST;
    if (found.ends_in_slash || is_removed(*found.parent)) return -ENOENT;
    const node_ptr made = make_node(file_type::symbolic_link, 0777);
    made->mode = 0777;
    made->target = target;
    add_name(found, made);
    return 0;
  });
}

// ---- removing and renaming

std::int64_t memory_system::remove(int base, const char* path, bool is_directory) noexcept {
  const std::lock_guard lock(mutex);
  return make({call_kind::remove, path_in(base, path)}, [&]() -> std::int64_t {
    found_path found;
    const std::int64_t result = find_name(base, path, found);
    if (result != 0) return result;
    if (has_no_name(found)) {
      if (!is_directory) return -EISDIR;
      return found.is_dot ? -EINVAL : found.is_dot_dot ? -ENOTEMPTY : -EBUSY;
    }
    if (is_missing(found)) return -ENOENT;
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
  const std::lock_guard lock(mutex);
  const call what{call_kind::rename, path_in(from_base, from), path_in(to_base, to)};
  return make(what, [&]() -> std::int64_t {
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
  if (has_no_name(from)) return -EBUSY;
  if (has_no_name(to)) return may_not_replace ? -EEXIST : -EBUSY;
  if (from.is_too_long) return -ENAMETOOLONG;
  if (is_missing(from)) return -ENOENT;
  if (to.is_too_long) return -ENAMETOOLONG;
  if (may_not_replace && to.node) return -EEXIST;
  if (is_exchange && is_missing(to)) return -ENOENT;
  if (is_exchange && is_wrongly_slashed(to)) return -ENOTDIR;
  const bool moves_directory = from.node->is_directory();
  if (!moves_directory && (from.ends_in_slash || (!is_exchange && to.ends_in_slash)))
    return -ENOTDIR;
  if (moves_directory && is_in(to.parent, from.node)) return -EINVAL;
  if (to.node && to.node->is_directory() && is_in(from.parent, to.node))
    return is_exchange ? -EINVAL : -ENOTEMPTY;
  if (from.node == to.node) return 0;
  if (is_removed(*to.parent)) return -ENOENT;
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

// ---- what a test does past the calls

void memory_system::put(const std::string& path, std::string_view bytes) {
  const auto check = [&](std::int64_t result) {
    if (result < 0)
      throw boost::system::system_error(asiofile::detail::make_error(static_cast<int>(-result)),
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
  if (has_no_name(found) || (found.node && found.node->type != file_type::regular)) check(-EISDIR);
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
