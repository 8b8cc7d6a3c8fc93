// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// \file
/// How files are opened, and from where positions are counted.

#include <fcntl.h>

#include <cstdio>

namespace asiofile {

/// The names that every file class shares. They are those of `boost::asio::file_base`, with the
/// same values, and what Boost.Asio lacks (`direct`, `sync_on_close`, `temporary`).
class file_base {
 public:
  /// How a file is opened. A bitmask: combine with `|`.
  ///
  /// Exactly one of `read_only`, `write_only` and `read_write` says what may be done. Whatever is
  /// given, a file is opened close-on-exec, and one that is created gets mode 0666 less the
  /// process's umask.
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
    /// With `create`: fail with `file_exists` where there is one.
    exclusive = O_EXCL,
    /// Drop what the file holds.
    truncate = O_TRUNC,
    /// Every write completes when its data and metadata are on the device (`O_SYNC`).
    sync_all_on_write = O_SYNC,
  /// Past the page cache, between the device and the program's memory (`O_DIRECT`). Not the same
  /// as durable: the device has a cache of its own, see `sync_data`.
  ///
  /// What is transferred must be aligned as `basic_file::alignment` tells; `aligned_buffer` is
  /// memory that is. Where it is not, the operation fails with `invalid_argument` and
  /// transfers nothing, except on a file system that takes anything and uses its cache where it
  /// must (btrfs and tmpfs do). Reading up to the end is no exception: the length asked for
  /// must be aligned, the one given is what is there.
  ///
  /// Opening fails with `invalid_argument` on a file system that cannot do it (open(2); tmpfs can
  /// since Linux 6.6). macOS has `F_NOCACHE` instead, which demands no alignment; a
  /// system with neither fails with `operation_not_supported`.
#if defined(O_DIRECT)
    direct = O_DIRECT,
#else
    // Of no meaning to open(2), which never sees it.
    direct = 0x0200'0000,
#endif
    /// `close` and `async_close` make everything durable that was written to the file, as
    /// `sync_all`
    /// does, before they close it, and report where that fails: errors of writing that nobody has
    /// heard of yet among them. Of no effect on files that are open for reading only, and on those
    /// that keep nothing (FIFOs, terminals, `/dev/null`). The destructor does not: it waits for
    /// nothing.
    sync_on_close = 0x1000'0000,
    /// A file that is gone when it is closed, by the process's end too. Where the path is that of
    /// a directory, a file without a name in it (`O_TMPFILE` in open(2)). Otherwise a new file,
    /// which
    /// loses its name as soon as it is made: `file_exists` where there is one already.
    ///
    /// It must be open for writing (`invalid_argument` otherwise), and only its owner has access
    /// (mode 0600). `create`, `exclusive` and `truncate` mean nothing beside it.
    temporary = 0x2000'0000,
    /// Opening does not wait: a FIFO that has no other end opens immediately for reading, and is
    /// `no_such_device_or_address` (ENXIO) for writing (`O_NONBLOCK`). What is started on it then
    /// waits as on any other file. Of no effect on regular files.
    non_blocking = O_NONBLOCK,
    /// A path that ends in a symbolic link is `too_many_symbolic_link_levels` (`O_NOFOLLOW`).
    no_follow = O_NOFOLLOW,
    /// What is no regular file is not opened: `is_a_directory`, and `operation_not_supported` for
    /// FIFOs, devices and sockets, which are not waited for, nor have they effects. For paths from
    /// strangers. Not beside `temporary`, of which it says nothing.
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

  /// From where a position in a file is counted.
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

/// Marks a native handle that a file object uses but does not own: whoever opened it closes it,
/// after the file object has been closed.
inline constexpr borrowed_t borrowed{};

}  // namespace asiofile
