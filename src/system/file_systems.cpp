// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "system/file_systems.hpp"

#include "system/system_calls.hpp"

#if defined(__linux__)
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

#include <algorithm>
#include <cerrno>

namespace asiofile::detail {

namespace {

// From <linux/magic.h> and the file systems' sources; not every version of that header has all of
// them.
constexpr unsigned long tmpfs = 0x01021994;
constexpr unsigned long ramfs = 0x858458f6;

// File systems whose regular files are stored data.
constexpr unsigned long storage_types[] = {
    tmpfs,      ramfs,
    0xef53,      // ext2, ext3, ext4
    0x58465342,  // xfs
    0x9123683e,  // btrfs
    0xf2f52010,  // f2fs
    0x2fc12fc1,  // zfs
    0xca451a4e,  // bcachefs
    0x3153464a,  // jfs
    0x52654973,  // reiserfs
    0x3434,      // nilfs2
    0x24051905,  // ubifs
    0x72b6,      // jffs2
    0x4d44,      // vfat, msdos
    0x2011bab0,  // exfat
    0x5346544e,  // ntfs
    0x7366746e,  // ntfs3
    0x4244,      // hfs
    0x482b,      // hfsplus
    0x9660,      // isofs
    0x15013346,  // udf
    0x73717368,  // squashfs
    0xe0f5e1e2,  // erofs
    0x28cd3d45,  // cramfs
    0x794c7630,  // overlayfs
    0x958458f6,  // hugetlbfs
};

constexpr unsigned long other_local_types[] = {
    0x9fa0,      // proc
    0x62656572,  // sysfs
    0x27e0eb,    // cgroup
    0x63677270,  // cgroup2
    0x64626720,  // debugfs
    0x74726163,  // tracefs
    0x73636673,  // securityfs
    0xcafe4a11,  // bpf
    0x6165676c,  // pstore
    0xde5e81e4,  // efivarfs
    0x1cd1,      // devpts
    0x62646576,  // block devices
    0x50495045,  // pipes
    0x534f434b,  // sockets
    0x09041934,  // anonymous inodes: eventfd, timerfd, signalfd
    0x19800202,  // POSIX message queues
};

// Device numbers with major number 0 belong to no device, and may be reused for another file system
// after an unmount.
bool is_reused(dev_t device) noexcept {
#if defined(__linux__)
  return major(device) == 0;
#else
  static_cast<void>(device);
  return true;
#endif
}

}  // namespace

file_system_id id_of_device(dev_t device) noexcept {
  return {.number = static_cast<std::uint64_t>(device), .is_lasting = !is_reused(device)};
}

file_system_facts facts_of_type(unsigned long type) noexcept {
  const bool is_storage = std::ranges::find(storage_types, type) != std::end(storage_types);
  const bool is_local = is_storage || std::ranges::find(other_local_types, type) !=
                                          std::end(other_local_types);
  return {.is_local = is_local,
          .is_in_memory = type == tmpfs || type == ramfs,
          .has_positions = is_storage};
}

file_system_facts ask_file_system(int fd) noexcept {
#if defined(__linux__)
  // The call may be interrupted while it waits for a server.
  struct statfs found;
  int result;
  do {
    result = ::fstatfs(fd, &found);
  } while (result == -1 && errno == EINTR);
  if (result == -1) return {};
  // On some architectures the type is a signed number of 32 bits.
  return facts_of_type(static_cast<unsigned long>(found.f_type) & 0xffff'ffffUL);
#elif defined(MNT_LOCAL)
  struct statfs found;
  if (::fstatfs(fd, &found) == -1) return {};
  return {.is_local = (found.f_flags & MNT_LOCAL) != 0};
#else
  static_cast<void>(fd);
  return {};
#endif
}

file_system_facts file_systems::look(system_calls& system, int fd,
                                     const file_system_id& which) noexcept {
  file_system_facts facts;
  if (recall(which, facts)) return facts;
  facts = system.file_system(fd);
  // If "local" is wrong, a context would block; if "remote" is wrong, a worker does work that it
  // need not do.
  if (!facts.is_local || which.is_lasting) remember(which, facts);
  return facts;
}

bool file_systems::recall(const file_system_id& which, file_system_facts& facts) noexcept {
  if (!mutex_.try_lock()) return false;
  bool is_known = false;
  for (const known& each : known_) {
    if (!each.is_set || each.id != which) continue;
    facts = each.facts;
    is_known = true;
    break;
  }
  mutex_.unlock();
  return is_known;
}

void file_systems::remember(const file_system_id& which, file_system_facts facts) noexcept {
  if (!mutex_.try_lock()) return;
  const auto found = std::ranges::find_if(
      known_, [&](const known& each) { return each.is_set && each.id == which; });
  if (found != known_.end()) {
    found->facts = facts;
  } else {
    known_[next_] = {true, which, facts};
    next_ = (next_ + 1) % known_max;
  }
  mutex_.unlock();
}

file_systems& known_file_systems() noexcept {
  static file_systems instance;
  return instance;
}

}  // namespace asiofile::detail
