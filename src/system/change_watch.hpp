// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Learning of changes to files and directories, and of the time, by one descriptor that can be
// waited for: inotify(7) with timerfd_create(2), on Linux. The kernel sees what its own programs
// do: nothing of what others do on a server.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace asiofile::detail {

// Numbers of watches as inotify(7) has them: never reused while the watch object exists (but after
// 2^31 of them).
struct change {
  // -1: some changes were not told (IN_Q_OVERFLOW).
  int watch = -1;
  // In a directory: which name's. Empty: of what is watched itself.
  std::string_view name;
  // What was watched is gone, or has another name.
  bool has_ended = false;
};

class change_watch {
 public:
  change_watch() = default;
  change_watch(const change_watch&) = delete;
  change_watch& operator=(const change_watch&) = delete;
  virtual ~change_watch() = default;

  // Readable when there is a change to be read, or the time has come.
  [[nodiscard]] virtual int fd() const noexcept = 0;

  // An open file's data, size, names and rights; a directory's names. One watch for one file,
  // however often. Returns its number or an errno value, negated. Any thread, beside whatever else.
  virtual std::int64_t watch_file(int fd) noexcept = 0;
  virtual std::int64_t watch_directory(int fd) noexcept = 0;
  virtual void forget(int watch) noexcept = 0;

  // From now. One time: the last one that was set.
  virtual void set_timer(std::chrono::nanoseconds after) noexcept = 0;

  // Takes a change that has been told. False: there is none. The name is valid until the next call.
  virtual bool next(change& taken) noexcept = 0;
};

// Null where the system has nothing of the kind, or no descriptor for it. Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<change_watch> make_change_watch();

}  // namespace asiofile::detail
