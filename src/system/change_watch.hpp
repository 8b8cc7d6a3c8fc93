// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Reports changes to files and directories, and the expiry of a timer, through one descriptor that
// can be polled: inotify(7) with timerfd_create(2), on Linux. The kernel only reports changes made
// on this machine, not those that others make on a server.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace asiofile::detail {

// Numbers of watches as inotify(7) has them: not reused while the watch object exists (until there
// have been 2^31 of them).
struct change {
  // -1: some changes were not reported (IN_Q_OVERFLOW).
  int watch = -1;
  // In a directory: the name that has changed. Empty: a change of the watched file itself.
  std::string_view name;
  // The watched file is gone, or has another name.
  bool has_ended = false;
};

class change_watch {
 public:
  change_watch() = default;
  change_watch(const change_watch&) = delete;
  change_watch& operator=(const change_watch&) = delete;
  virtual ~change_watch() = default;

  // Readable when there is a change to be read, or the timer has expired.
  [[nodiscard]] virtual int fd() const noexcept = 0;

  // An open file's data, size, names and rights; a directory's names. A file has only one watch,
  // however often this is called. Returns its number or an errno value, negated. May be called by
  // any thread, concurrently with the other functions.
  virtual std::int64_t watch_file(int fd) noexcept = 0;
  virtual std::int64_t watch_directory(int fd) noexcept = 0;
  virtual void forget(int watch) noexcept = 0;

  // Counted from now. There is one timer: this replaces the previous time.
  virtual void set_timer(std::chrono::nanoseconds after) noexcept = 0;

  // Takes a change that has been reported. False if there is none. The name is valid until the next
  // call.
  virtual bool next(change& taken) noexcept = 0;
};

// Null if the system has no such interface, or no descriptor for it. Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<change_watch> make_change_watch();

}  // namespace asiofile::detail
