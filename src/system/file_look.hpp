// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Examining an open file.

#include "system/file_facts.hpp"

#include <sys/stat.h>

namespace asiofile {

struct file_status;

namespace detail {

class file_systems;
class system_calls;
struct file_system_facts;
struct first_look;

// Asks the system and, once for a remote file system, its server: may wait, so it is called by
// workers and synchronous functions, without a lock. `open_flags`: what it was opened with, as far
// as that is known (O_TRUNC does not show afterwards). `fd` of the result is -1 if it is no open
// descriptor. `status`, if not null, is set as far as it is known.
[[nodiscard]] file_facts look_at_file(system_calls& system, int fd, int open_flags,
                                      file_status* status = nullptr) noexcept;
// The same with a given cache of file systems.
[[nodiscard]] file_facts look_at_file(system_calls& system, int fd, int open_flags,
                                      file_systems& known,
                                      file_status* status = nullptr) noexcept;

// The facts of a regular file of the kernel, from a first look and its known file system.
// `status_flags`: from fcntl(2), F_GETFL.
[[nodiscard]] file_facts facts_of_regular_file(int fd, int status_flags, const first_look& look,
                                               const file_system_facts& its) noexcept;

// Whether an open file has no positions, and is to be read by `read`, not `pread`. `mode`: st_mode.
// `status_flags`: from fcntl(2), F_GETFL.
[[nodiscard]] bool is_stream(system_calls& system, int fd, mode_t mode, int status_flags) noexcept;

// Whether closing the file takes no longer than a few system calls: it is local, and has a name or
// little data. (The last close of a removed gigabyte takes 70 ms on ext4.) Calls fstat(2), but only
// if the file is local: may be called on a context's thread.
[[nodiscard]] bool closes_quickly(const file_facts& facts) noexcept;

}  // namespace detail
}  // namespace asiofile
