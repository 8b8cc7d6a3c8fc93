// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

// The calls of a simulated file system on open files.

#include "testing/memory_system.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace asiofile::testing::detail {

namespace {

// The largest possible file on ext4 with its usual blocks of 4 KiB.
constexpr std::uint64_t file_bytes_max = (std::uint64_t{1} << 44) - 4096;

bool may_read(int flags) noexcept { return (flags & O_ACCMODE) != O_WRONLY; }
bool may_write(int flags) noexcept { return (flags & O_ACCMODE) != O_RDONLY; }

bool is_direct([[maybe_unused]] int flags) noexcept {
#if defined(O_DIRECT)
  return (flags & O_DIRECT) != 0;
#else
  return false;
#endif
}

std::uint64_t size_of(const iovec* buffers, std::size_t count) noexcept {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i != count; ++i) bytes += buffers[i].iov_len;
  return bytes;
}

// The first bytes of the buffers.
std::string gather(const iovec* buffers, std::size_t count, std::uint64_t bytes) {
  std::string all;
  for (std::size_t i = 0; i != count && all.size() < bytes; ++i) {
    const std::size_t piece =
        std::min<std::size_t>(buffers[i].iov_len, static_cast<std::size_t>(bytes) - all.size());
    all.append(static_cast<const char*>(buffers[i].iov_base), piece);
  }
  return all;
}

}  // namespace

// ---- reading and writing

// pread(2), pwrite(2), and what Linux checks before the file system (rw_verify_area()).
std::int64_t memory_system::check_transfer(const opened& its, operation_kind kind,
                                           std::uint64_t offset, const iovec* buffers,
                                           std::size_t count) const noexcept {
  const bool is_read = kind == operation_kind::read;
  if (!(is_read ? may_read(its.flags) : may_write(its.flags))) return -EBADF;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t bytes = size_of(buffers, count);
  if (offset > most || bytes > most - offset) return -EINVAL;
  if (its.node->is_directory()) return -EISDIR;
  if (!is_direct(its.flags)) return 0;
  const std::uint64_t unit = options.sector_bytes;
  bool is_aligned = offset % unit == 0;
  for (std::size_t i = 0; i != count; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(buffers[i].iov_base);
    is_aligned = is_aligned && address % unit == 0 && buffers[i].iov_len % unit == 0;
  }
  return is_aligned ? 0 : -EINVAL;
}

// How many of `length` bytes are transferred.
std::uint64_t memory_system::shortened(std::uint64_t length, const opened& its) noexcept {
  const std::uint64_t unit = is_direct(its.flags) ? options.sector_bytes : 1;
  if (length <= unit || !chance.happens(options.short_transfers)) return length;
  return unit * (1 + chance.below((length - 1) / unit));
}

std::int64_t memory_system::read(int fd, position at, const iovec* buffers,
                                 std::size_t count) noexcept {
  const files_guard lock(mutex);
  const opened* const known = find(fd);
  const std::uint64_t where = at ? *at : known != nullptr ? known->position : 0;
  const call what{call_kind::read, path_of(fd), {}, where, size_of(buffers, count)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    opened* const its = usable(fd, error);
    if (its == nullptr) return error;
    error = check_transfer(*its, operation_kind::read, where, buffers, count);
    if (error != 0) return error;
    const file_data& data = its->node->data;
    const std::uint64_t available = data.size() > where ? data.size() - where : 0;
    const std::uint64_t length = shortened(std::min(what.length, available), *its);
    std::uint64_t done = 0;
    for (std::size_t i = 0; i != count && done != length; ++i) {
      const auto piece = std::min<std::uint64_t>(buffers[i].iov_len, length - done);
      done += data.read(where + done, static_cast<char*>(buffers[i].iov_base),
                        static_cast<std::size_t>(piece));
    }
    if (!at) its->position += done;
    return static_cast<std::int64_t>(done);
  });
}

std::int64_t memory_system::write(int fd, position at, const iovec* buffers, std::size_t count,
                                  transfer_flags flags) noexcept {
  const files_guard lock(mutex);
  const opened* const known = find(fd);
  const std::uint64_t where = at ? *at : known != nullptr ? known->position : 0;
  const call what{call_kind::write, path_of(fd), {}, where, size_of(buffers, count)};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    opened* const its = usable(fd, error);
    return its == nullptr ? error : write_to(*its, at, buffers, count, flags);
  });
}

// As Linux's generic_atomic_write_valid() and its file systems do.
std::int64_t memory_system::check_untorn(const opened& its, std::uint64_t offset,
                                         std::uint64_t bytes, std::size_t count) const noexcept {
  if (!is_direct(its.flags)) return -EOPNOTSUPP;
  const untorn_write_limits taken = untorn_writes();
  const bool is_taken = std::has_single_bit(bytes) && bytes >= taken.unit_min &&
                        bytes <= taken.unit_max && offset % bytes == 0 &&
                        count <= taken.buffers_max;
  return is_taken ? 0 : -EINVAL;
}

untorn_write_limits memory_system::untorn_writes() const noexcept {
  constexpr std::size_t unit_max = 16 * 1024;
  return {options.sector_bytes, unit_max, 1};
}

std::int64_t memory_system::write_to(opened& its, position at, const iovec* buffers,
                                     std::size_t count, transfer_flags flags) {
  std::uint64_t where = at ? *at : its.position;
  // On Linux even if an offset is given: pwrite(2), "Bugs".
  if ((its.flags & O_APPEND) != 0) where = its.node->data.size();
  const std::int64_t error = check_transfer(its, operation_kind::write, where, buffers, count);
  if (error != 0) return error;
  const std::uint64_t requested = size_of(buffers, count);
  if (requested == 0) return 0;
  const bool is_untorn = (flags & asiofile::detail::untorn_flag) != 0;
  if (is_untorn) {
    if (const std::int64_t refused = check_untorn(its, where, requested, count)) return refused;
    if (its.node->data.room_for(where, requested) != requested) return -ENOSPC;
  }
  if (where >= file_bytes_max) return -EFBIG;
  const std::uint64_t most = std::min(requested, file_bytes_max - where);
  const std::uint64_t length = is_untorn ? most : shortened(most, its);
  const std::int64_t written =
      write_bytes(its, where, gather(buffers, count, length), is_untorn);
  if (written > 0 && !at) its.position = where + static_cast<std::uint64_t>(written);
  // O_DSYNC is one bit of O_SYNC.
  if (written > 0 && (its.flags & O_SYNC) != 0) its.node->data.sync();
  if (written <= 0 || (flags & asiofile::detail::durable_flag) == 0) return written;
  its.node->data.sync_last(where + static_cast<std::uint64_t>(written));
  const std::int64_t failed = tell_of_failure(its);
  return failed != 0 ? failed : written;
}

// Writes as many bytes as there is room for.
std::int64_t memory_system::write_bytes(opened& its, std::uint64_t offset, std::string_view bytes,
                                        bool is_untorn) {
  file_data& data = its.node->data;
  const std::uint64_t room = data.room_for(offset, bytes.size());
  if (room == 0 && !bytes.empty()) return -ENOSPC;
  data.write(offset, bytes.substr(0, static_cast<std::size_t>(room)), is_untorn);
  its.node->modified = now;
  return static_cast<std::int64_t>(room);
}

std::int64_t memory_system::seek(int fd, std::int64_t offset, int whence) noexcept {
  return make_quietly(fd, [&](opened& its) ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t from = 0;
    switch (whence) {
      case SEEK_SET: break;
      case SEEK_CUR: from = static_cast<std::int64_t>(its.position); break;
      case SEEK_END: from = static_cast<std::int64_t>(its.node->data.size()); break;
#if defined(SEEK_DATA) && defined(SEEK_HOLE)
      case SEEK_DATA:
      case SEEK_HOLE: {
        const auto found =
            its.node->data.find(static_cast<std::uint64_t>(offset), whence == SEEK_DATA);
        if (offset < 0 || !found) return -ENXIO;
        its.position = *found;
        return static_cast<std::int64_t>(*found);
      }
#endif
      default: return -EINVAL;
    }
    if (offset > std::numeric_limits<std::int64_t>::max() - from || from + offset < 0)
      return -EINVAL;
    its.position = static_cast<std::uint64_t>(from + offset);
    return from + offset;
  });
}

// ---- durability

std::int64_t memory_system::sync_node(opened& its) {
  file_node& node = *its.node;
  if (node.is_directory()) name_changes_.sync(node);
  else node.data.sync();
  node.earlier_modes.clear();
  return tell_of_failure(its);
}

// Each descriptor reports lost data once: fsync(2), "Errors".
std::int64_t memory_system::tell_of_failure(opened& its) noexcept {
  const bool was_told = its.failed_syncs_seen == its.node->failed_syncs;
  its.failed_syncs_seen = its.node->failed_syncs;
  return was_told ? 0 : -EIO;
}

void memory_system::fail_sync(int fd) noexcept {
  std::int64_t error = 0;
  opened* const its = usable(fd, error);
  if (its == nullptr) return;
  file_node& node = *its->node;
  // For a directory, it is not known either what was lost: its changes stay as they were, not
  // durable.
  if (node.is_directory()) return;
  node.data.sync_in_vain(chance);
  its->failed_syncs_seen = ++node.failed_syncs;
}

std::int64_t memory_system::sync(int fd) noexcept {
  const files_guard lock(mutex);
  return make(
      {call_kind::sync, path_of(fd)},
      [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
        std::int64_t error = 0;
        opened* const its = usable(fd, error);
        return its == nullptr ? error : sync_node(*its);
      },
      [&]() ASIOFILE_REQUIRES(files_lock) { fail_sync(fd); });
}

std::int64_t memory_system::sync_everything(int fd) noexcept {
  const files_guard lock(mutex);
  return make({call_kind::sync, path_of(fd)}, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    if (usable(fd, error) == nullptr) return error;
    name_changes_.sync_all();
    for (const auto& [name, child] : root_->entries) sync_all_data(*child);
    return 0;
  });
}

void memory_system::sync_all_data(file_node& node) {
  node.data.sync();
  node.earlier_modes.clear();
  for (const auto& [name, child] : node.entries) sync_all_data(*child);
}

// ---- sizes

std::int64_t memory_system::resize(int fd, std::uint64_t size) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::resize, path_of(fd), {}, size};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    opened* const its = usable(fd, error);
    if (its == nullptr) return error;
    if (!may_write(its->flags) || its->node->is_directory() || size >> 63 != 0) return -EINVAL;
    if (size > file_bytes_max) return -EFBIG;
    its->node->data.resize(size);
    its->node->modified = now;
    return 0;
  });
}

std::int64_t memory_system::change_space(int fd, space_change change, std::uint64_t offset,
                                         std::uint64_t length) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::allocate, path_of(fd), {}, offset, length};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    opened* const its = usable(fd, error);
    if (its == nullptr) return error;
    if (length == 0 || (offset | length) >> 63 != 0) return -EINVAL;
    if (!may_write(its->flags)) return -EBADF;
    if (offset + length > file_bytes_max) return -EFBIG;
    file_data& data = its->node->data;
    if (change == space_change::punch_hole) {
      data.punch_hole(offset, length);
      return 0;
    }
    if (data.room_for(offset, length) < length) return -ENOSPC;
    const bool grows = asiofile::detail::grows_file(change);
    if (change == space_change::zero || change == space_change::zero_keep_size)
      data.zero(offset, length, grows);
    else
      data.allocate(offset, length, grows);
    return 0;
  });
}

// ---- locks

std::int64_t memory_system::set_lock(int fd, int type, std::uint64_t offset,
                                     std::uint64_t length) noexcept {
  const files_guard lock(mutex);
  const call what{call_kind::lock, path_of(fd), {}, offset, length};
  return make(what, [&]() ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    std::int64_t error = 0;
    opened* const its = usable(fd, error);
    if (its == nullptr) return error;
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (offset > most || length > most - offset) return -EINVAL;
    if (type == F_RDLCK && !may_read(its->flags)) return -EBADF;
    if (type == F_WRLCK && !may_write(its->flags)) return -EBADF;
    const std::uint64_t end = length == 0 ? most + 1 : offset + length;
    return locks_.set(descriptors_.find(fd)->second, *its->node, type, {offset, end}) ? 0 : -EAGAIN;
  });
}

// ---- status

void memory_system::fill(const file_node& node, file_status& found) const noexcept {
  constexpr std::uint32_t block_bytes = 4096;
  const auto time_at = [](nanoseconds since_start) {
    return file_time(std::chrono::duration_cast<file_time::duration>(since_start));
  };
  found = {};
  found.type = node.type;
  found.permissions = node.mode;
  found.link_count = node.link_count;
  found.size = node.type == file_type::symbolic_link ? node.target.size()
               : node.is_directory()                 ? block_bytes
                                                     : node.data.size();
  found.allocated_bytes = node.is_directory() ? block_bytes : node.data.allocated_bytes();
  found.preferred_block_bytes = block_bytes;
  found.device = static_cast<std::uint64_t>(first_fd);
  found.inode = node.inode;
  found.creation_time = time_at(node.created);
  found.access_time = found.modification_time = found.change_time = time_at(node.modified);
}

std::int64_t memory_system::status_flags(int fd) noexcept {
  return make_quietly(fd, [](opened& its) ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    constexpr int only_for_opening = O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC;
    return its.flags & ~only_for_opening;
  });
}

std::int64_t memory_system::status(int fd, file_status& found) noexcept {
  return make_quietly(fd, [&](opened& its) ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    fill(*its.node, found);
    return 0;
  });
}

std::int64_t memory_system::change_mode(int fd, unsigned mode) noexcept {
  return make_quietly(fd, [&](opened& its) ASIOFILE_REQUIRES(files_lock) -> std::int64_t {
    its.node->earlier_modes.push_back(its.node->mode);
    its.node->mode = mode & 07777U;
    return 0;
  });
}

}  // namespace asiofile::testing::detail
