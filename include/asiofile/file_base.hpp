// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How files are opened, and the origins of positions.

#include <fcntl.h>

#include <cstdio>

namespace asiofile {

/// The names that all file classes share. They are those of `boost::asio::file_base`, with the same
/// values, and others that Boost.Asio lacks (`direct`, `sync_on_close`, `temporary`, ...).
class file_base {
 public:
  /// How a file is opened. A bitmask: combine with `|`.
  ///
  /// Exactly one of `read_only`, `write_only` and `read_write` is required. Files are always opened
  /// close-on-exec. One that is created gets mode 0666 less the process's umask, unless permissions
  /// are given.
  enum flags : unsigned int {
    /// Reading only.
    read_only = O_RDONLY,
    /// Writing only.
    write_only = O_WRONLY,
    /// Reading and writing.
    read_write = O_RDWR,
    /// Every write goes to the end of the file, whatever its offset (on Linux also for
    /// `async_write_some_at`: open(2), `O_APPEND`, and pwrite(2), "Bugs").
    append = O_APPEND,
    /// Create the file if there is none.
    create = O_CREAT,
    /// With `create`: fail with `file_exists` if there is one.
    exclusive = O_EXCL,
    /// Discard the file's content.
    truncate = O_TRUNC,
    /// Every write completes when its data and metadata are on the device (`O_SYNC`).
    sync_all_on_write = O_SYNC,
  /// Transfer between the device and the program's memory, bypassing the page cache (`O_DIRECT`).
  /// That does not make writes durable, because the device has a cache of its own: see `sync_data`.
  ///
  /// Offsets, sizes and memory must be aligned as `basic_file::alignment` requires; see
  /// `aligned_buffer`. Otherwise the operation fails with `invalid_argument` and transfers nothing,
  /// except on file systems that then use their cache (btrfs and tmpfs do). This also applies to
  /// reading up to the end: the requested length must be aligned, though fewer bytes may be
  /// returned.
  ///
  /// Opening fails with `invalid_argument` on a file system that does not support it (open(2);
  /// tmpfs does since Linux 6.6). macOS has `F_NOCACHE` instead, which requires no alignment; on a
  /// system with neither, opening fails with `operation_not_supported`.
#if defined(O_DIRECT)
    direct = O_DIRECT,
#else
    // Never passed to open(2).
    direct = 0x0200'0000,
#endif
    /// `close` and `async_close` make everything that was written to the file durable before they
    /// close it, as `sync_all` does, and report errors of that, including errors of earlier writes
    /// that were not reported yet. No effect on files that are open for reading only and on those
    /// that store nothing (FIFOs, terminals, `/dev/null`). The destructor does not do it, because
    /// it does not wait.
    sync_on_close = 0x1000'0000,
    /// A file that is removed when it is closed, or when the process ends. If the path is that of a
    /// directory, an unnamed file in it (`O_TMPFILE` in open(2)). Otherwise a new file with that
    /// path, which is unlinked as soon as it is created: `file_exists` if there is one already.
    ///
    /// It must be open for writing (`invalid_argument` otherwise), and only its owner has access
    /// (mode 0600). `create`, `exclusive` and `truncate` have no effect with it.
    temporary = 0x2000'0000,
    /// Opening does not wait (`O_NONBLOCK`): a FIFO whose other end is not open is opened
    /// immediately for reading, and fails with `no_such_device_or_address` (ENXIO) for writing.
    /// Operations that are started on it wait as on any other file. No effect on regular files.
    non_blocking = O_NONBLOCK,
    /// Fail with `too_many_symbolic_link_levels` if the path ends in a symbolic link
    /// (`O_NOFOLLOW`).
    no_follow = O_NOFOLLOW,
    /// Open regular files only: `is_a_directory`, or `operation_not_supported` for FIFOs, devices
    /// and sockets, which are neither waited for nor affected. For paths from untrusted sources. No
    /// effect with `temporary`.
    regular_only = 0x0800'0000
  };

  /// The flags that are in both.
  friend constexpr flags operator&(flags x, flags y) noexcept {
    return static_cast<flags>(static_cast<unsigned int>(x) & static_cast<unsigned int>(y));
  }

  /// The flags that are in either.
  friend constexpr flags operator|(flags x, flags y) noexcept {
    return static_cast<flags>(static_cast<unsigned int>(x) | static_cast<unsigned int>(y));
  }

  /// The flags that are in one of the two.
  friend constexpr flags operator^(flags x, flags y) noexcept {
    return static_cast<flags>(static_cast<unsigned int>(x) ^ static_cast<unsigned int>(y));
  }

  /// The flags that are not in `x`.
  friend constexpr flags operator~(flags x) noexcept {
    return static_cast<flags>(~static_cast<unsigned int>(x));
  }

  /// Keeps the flags that are in `y`.
  friend constexpr flags& operator&=(flags& x, flags y) noexcept { return x = x & y; }
  /// Adds the flags of `y`.
  friend constexpr flags& operator|=(flags& x, flags y) noexcept { return x = x | y; }
  /// Inverts the flags of `y`.
  friend constexpr flags& operator^=(flags& x, flags y) noexcept { return x = x ^ y; }

  /// The origin of a position in a file.
  enum seek_basis {
    /// From the file's first byte.
    seek_set = SEEK_SET,
    /// From the current position.
    seek_cur = SEEK_CUR,
    /// From the end of the file.
    seek_end = SEEK_END
  };

 protected:
  ~file_base() = default;
};

/// The type of `borrowed`.
struct borrowed_t {
  explicit constexpr borrowed_t() = default;
};

/// Marks a native handle that a file object uses but does not own: the caller closes it after the
/// file object has been closed.
inline constexpr borrowed_t borrowed{};

}  // namespace asiofile
