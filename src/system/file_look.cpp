// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/file_look.hpp"

#include "system/file_systems.hpp"
#include "system/posix_calls.hpp"
#include "system/system_calls.hpp"

#include <fcntl.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace asiofile::detail {

namespace {

// Removing or writing back this much takes well under a millisecond.
constexpr std::uint64_t quickly_closed_bytes_max = 1024 * 1024;
constexpr std::uint64_t block_bytes_of_status = 512;  // of st_blocks: inode(7)

// Whether the kernel refuses an offset: tries to transfer 0 bytes at one. Not used for storage,
// where the call would reach the file system or a server.
bool refuses_offsets(system_calls& system, int fd, int status_flags) noexcept {
  std::byte unused{};
  const iovec nothing{&unused, 0};
  const bool is_readable = (status_flags & O_ACCMODE) != O_WRONLY;
  const std::int64_t result =
      is_readable ? system.preadv(fd, &nothing, 1, 0) : system.pwritev(fd, &nothing, 1, 0);
  return result == -ESPIPE;
}

bool holds_data(mode_t mode) noexcept { return S_ISREG(mode) || S_ISBLK(mode); }

bool is_direct(int status_flags) noexcept {
#if defined(O_DIRECT)
  return (status_flags & O_DIRECT) != 0;
#else
  static_cast<void>(status_flags);
  return false;
#endif
}

void note_storage(file_facts& facts, const first_look& found,
                  const file_system_facts& its) noexcept {
  facts.is_storage = holds_data(found.mode) && !facts.is_stream;
  if (S_ISREG(found.mode)) facts.size_when_looked_at = found.status.size;
  // On a pipe O_DIRECT means packet mode (pipe(2)).
  facts.is_direct = facts.is_storage && is_direct(facts.status_flags);
  facts.is_local = its.is_local;
  facts.is_in_memory = its.is_in_memory && S_ISREG(found.mode);
}

}  // namespace

bool is_stream(system_calls& system, int fd, mode_t mode, int status_flags) noexcept {
  if (S_ISFIFO(mode) || S_ISSOCK(mode)) return true;
  if (S_ISDIR(mode)) return false;
  if (system.lseek(fd, 0, SEEK_CUR) == -ESPIPE) return true;
  // eventfd, timerfd, signalfd, inotify and many devices have an lseek(2) that succeeds and does
  // nothing.
  return !holds_data(mode) && refuses_offsets(system, fd, status_flags);
}

file_facts look_at_file(system_calls& system, int fd, int open_flags,
                        file_status* status) noexcept {
  return look_at_file(system, fd, open_flags, known_file_systems(), status);
}

file_facts look_at_file(system_calls& system, int fd, int open_flags, file_systems& known,
                        file_status* status) noexcept {
  file_facts facts;
  facts.system = &system;
  const std::int64_t status_flags = system.status_flags(fd);
  if (status_flags < 0) return facts;
  facts.fd = fd;
  facts.status_flags = static_cast<int>(status_flags);
  facts.was_truncated = (open_flags & O_TRUNC) != 0;
  first_look found;
  if (system.look(fd, found) < 0) {
    facts.is_stream = system.lseek(fd, 0, SEEK_CUR) == -ESPIPE;
    return facts;
  }
  if (status != nullptr) {
    *status = found.status;
    // For a block device, includes the size of the device.
    if (S_ISBLK(found.mode)) static_cast<void>(find_status(system, fd, *status));
  }
  const file_system_facts its = known.look(system, fd, found.file_system);
  facts.is_stream = !(its.has_positions && S_ISREG(found.mode)) &&
                    is_stream(system, fd, found.mode, facts.status_flags);
  note_storage(facts, found, its);
  facts.takes_nowait = system.has_nowait() && (facts.is_storage || facts.is_stream);
  return facts;
}

file_facts facts_of_regular_file(int fd, int status_flags, const first_look& look,
                                 const file_system_facts& its) noexcept {
  file_facts facts;
  facts.system = kernel_calls().get();
  facts.fd = fd;
  facts.status_flags = status_flags;
  note_storage(facts, look, its);
  facts.takes_nowait = true;
  return facts;
}

bool closes_quickly(const file_facts& facts) noexcept {
  if (!facts.is_local) return false;
  struct stat found;
  if (facts.system->fstat(facts.fd, found) < 0) return false;
  // A socket may linger, a terminal drain, a device be written back (socket(7), termios(3)).
  if (S_ISSOCK(found.st_mode) || S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode)) return false;
  if (!S_ISREG(found.st_mode)) return true;
  const auto blocks = static_cast<std::uint64_t>(found.st_blocks);
  if (blocks * block_bytes_of_status <= quickly_closed_bytes_max) return true;
  return found.st_nlink > 0 && !facts.was_truncated;
}

}  // namespace asiofile::detail
