// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Tells the tail readers of a service when to look: one hub for all of them, with one descriptor
// and, while any of them waits, one job, which completes when there is something to report. Readers
// are woken by the job's completion, in a dispatch pass; so nothing is started by a foreign thread.
//
// Everything that may wait for a file system is done in the looks of readers, each for its own
// name, and never with the mutex held: if a server hangs, so do the readers that follow names on
// it, and no others.

#include "service/fork_participants.hpp"
#include "system/change_watch.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/file_access.hpp>

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace asiofile::detail {

class tail_file;
class tail_hub;
class tail_wait;

// The options of a reader. Most readers have the same, and share them.
struct tail_plan {
  std::string delimiter;
  std::size_t line_bytes_max = 0;
  std::size_t buffer_bytes = 0;
  std::chrono::milliseconds poll_interval{};
  bool uses_notification = false;

  friend bool operator==(const tail_plan&, const tail_plan&) = default;
};
using tail_plan_ptr = std::shared_ptr<const tail_plan>;

// What the hub knows of a reader. Guarded by the hub's mutex, except for the path, which does not
// change.
class tail_follower {
 public:
  tail_follower(const tail_follower&) = delete;
  tail_follower& operator=(const tail_follower&) = delete;

  // The name that it follows. Throws std::bad_alloc.
  [[nodiscard]] std::string path() const;

 protected:
  tail_follower() = default;
  ~tail_follower() = default;

  // A call waits, or a look is made for it. Set before the look.
  void set_waiting(bool is_so) noexcept { is_waiting_.store(is_so, std::memory_order_release); }

 private:
  friend class tail_hub;

  // It is to look. `is_due`: because of the time. `error`: an errno value, negated, where nothing
  // will wake it any more; or 0. In a dispatch pass, without a lock.
  virtual void wake(bool is_due, std::int64_t error) = 0;
  // The context is gone.
  virtual void drop() noexcept = 0;
  // Null where it is being destroyed.
  virtual std::shared_ptr<void> keep() noexcept = 0;

  [[nodiscard]] bool is_waiting() const noexcept {
    return is_waiting_.load(std::memory_order_acquire);
  }

  struct directory;
  using hook = boost::intrusive::list_member_hook<>;

  hook all_hook_;
  // Of those that will be woken at a time, or, once `is_woken_`, now.
  hook turn_hook_;
  std::chrono::nanoseconds due_{};
  // The path: its directory, which has a node in the hub's map, and its last component.
  directory* directory_ = nullptr;
  std::unique_ptr<const char[]> name_;
  std::uint64_t name_key_ = 0;
  int file_watch_ = -1;
  int next_watch_ = -1;
  bool is_woken_ = false;
  bool is_due_ = false;
  std::atomic<bool> is_waiting_ = false;
};

// A directory in which names are followed.
struct tail_follower::directory {
  // As the paths of files have it, with the slash at its end; empty for the working directory.
  const std::string* path = nullptr;
  std::size_t followers = 0;
  int watch = -1;
  // The watch is known to be that of the directory which the path leads to.
  bool is_confirmed = false;
  // The time of the last check that included it.
  std::chrono::nanoseconds checked{};
};

inline std::string tail_follower::path() const { return *directory_->path + name_.get(); }

class tail_hub : public std::enable_shared_from_this<tail_hub>, public fork_participant {
 public:
  // `file`: closed, of the service.
  explicit tail_hub(const file_state_ptr& file);
  ~tail_hub();

  [[nodiscard]] const file_state_ptr& file() const noexcept { return file_; }

  // The plan that was shared last, if that is the same. Throws std::bad_alloc.
  [[nodiscard]] tail_plan_ptr share(const tail_plan& wanted) ASIOFILE_EXCLUDES(mutex_);

  // Throws std::bad_alloc.
  void add(tail_follower& next, const std::string& path) ASIOFILE_EXCLUDES(mutex_);
  void remove(tail_follower& gone) noexcept ASIOFILE_EXCLUDES(mutex_);

  // The result of `watch`.
  enum class watching : std::uint8_t {
    impossible,  // it has to poll
    begun,       // from now on: it has to look once more
    under_way
  };
  // Has the follower woken by changes of the file, if one is open, and of the name in its
  // directory; if another file has the name, also by changes of that one. On a worker: waits for
  // their file systems. Throws std::bad_alloc.
  watching watch(tail_follower& who, const tail_file& file, bool has_name)
      ASIOFILE_EXCLUDES(mutex_);
  // Has it woken once that time has passed, counted from now, instead of an earlier deadline; or by
  // changes only.
  void wake_after(tail_follower& who, std::optional<std::chrono::nanoseconds> pause)
      ASIOFILE_EXCLUDES(mutex_);

  // How many followers wait. `settle` follows each change, without any lock.
  void count_waiting(int more) noexcept { waiting_.fetch_add(more, std::memory_order_relaxed); }
  void settle() noexcept ASIOFILE_EXCLUDES(mutex_);

 private:
  friend class tail_wait;

  using clock = std::chrono::steady_clock;
  using nanoseconds = std::chrono::nanoseconds;
  using directory = tail_follower::directory;
  template <tail_follower::hook tail_follower::*Hook>
  using follower_list =
      boost::intrusive::list<tail_follower,
                             boost::intrusive::member_hook<tail_follower, tail_follower::hook, Hook>,
                             boost::intrusive::constant_time_size<false>>;

  // For the job. Nothing if a follower is to be woken; otherwise how long until one is due.
  std::optional<nanoseconds> look(nanoseconds waited) noexcept ASIOFILE_EXCLUDES(mutex_);
  [[nodiscard]] int descriptor() noexcept ASIOFILE_EXCLUDES(mutex_);
  // The job has completed; `error` is that of a system call, or null if the job was dropped with
  // the context.
  void finish(tail_wait& over, const std::int64_t* error) ASIOFILE_EXCLUDES(mutex_);

  void begin_waiting(std::unique_ptr<tail_wait> job) noexcept ASIOFILE_EXCLUDES(mutex_);
  void fail(std::int64_t error) ASIOFILE_EXCLUDES(mutex_);
  void wake_all(std::int64_t error) ASIOFILE_EXCLUDES(mutex_);
  void wake_marked(std::int64_t error) ASIOFILE_EXCLUDES(mutex_);
  void drop_all() noexcept ASIOFILE_EXCLUDES(mutex_);
  [[nodiscard]] nanoseconds now() const noexcept ASIOFILE_REQUIRES(mutex_);
  void take_changes() noexcept ASIOFILE_REQUIRES(mutex_);
  void have_directories_checked() noexcept ASIOFILE_REQUIRES(mutex_);
  void mark(tail_follower& woken, bool is_due) noexcept ASIOFILE_REQUIRES(mutex_);
  void mark_all(const directory* of) noexcept ASIOFILE_REQUIRES(mutex_);
  void mark_by(std::uint64_t key) noexcept ASIOFILE_REQUIRES(mutex_);
  void leave_list(tail_follower& who) noexcept ASIOFILE_REQUIRES(mutex_);
  void lose(directory& gone) noexcept ASIOFILE_REQUIRES(mutex_);
  void leave_directory(tail_follower& who) noexcept ASIOFILE_REQUIRES(mutex_);
  void forget(int& watch, const tail_follower& who) noexcept ASIOFILE_REQUIRES(mutex_);
  void forget_key(std::uint64_t key, const tail_follower& who) noexcept ASIOFILE_REQUIRES(mutex_);

  [[nodiscard]] change_watch* obtain_watch() ASIOFILE_EXCLUDES(mutex_);
  [[nodiscard]] bool is_watchable(int fd) noexcept;
  [[nodiscard]] int watch_directory(change_watch& with, const std::string& path) noexcept;
  bool enter_directory(change_watch& with, tail_follower& who, bool& is_new)
      ASIOFILE_EXCLUDES(mutex_);
  bool enter_file(change_watch& with, tail_follower& who, int tail_follower::*watch,
                  const tail_file& file, bool& is_new) ASIOFILE_EXCLUDES(mutex_);
  void reset_in_child(operation_queue& aborted) noexcept override ASIOFILE_REQUIRES(mutex_);

  const file_state_ptr file_;
  const system_calls_ptr system_;
  // The kernel's files, in real time. Otherwise the engine has a clock of its own, which only
  // reports how long it has paused.
  const bool is_kernels_;
  std::atomic<int> waiting_ = 0;

  // Null until a file is watched, and if the system cannot watch. Stays, except in a forked child.
  std::unique_ptr<change_watch> watch_ ASIOFILE_GUARDED_BY(mutex_);
  // Which followers a change concerns: by the number of a watch, mixed with a name in a directory.
  // Two that have the same key by chance look in vain.
  std::unordered_multimap<std::uint64_t, tail_follower*> by_change_ ASIOFILE_GUARDED_BY(mutex_);
  tail_plan_ptr shared_ ASIOFILE_GUARDED_BY(mutex_);
  std::map<std::string, directory> directories_ ASIOFILE_GUARDED_BY(mutex_);
  nanoseconds paused_time_ ASIOFILE_GUARDED_BY(mutex_){};
  nanoseconds next_check_ ASIOFILE_GUARDED_BY(mutex_);

  follower_list<&tail_follower::all_hook_> all_ ASIOFILE_GUARDED_BY(mutex_);
  // Sorted by due time, the earliest first.
  follower_list<&tail_follower::turn_hook_> by_time_ ASIOFILE_GUARDED_BY(mutex_);
  follower_list<&tail_follower::turn_hook_> woken_ ASIOFILE_GUARDED_BY(mutex_);

  // The job that waits, or null. It owns itself.
  tail_wait* job_ ASIOFILE_GUARDED_BY(mutex_) = nullptr;
  std::uint64_t job_number_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  bool is_dropped_ ASIOFILE_GUARDED_BY(mutex_) = false;
  // No job can be started now: all followers are being notified of the failure.
  bool is_failing_ ASIOFILE_GUARDED_BY(mutex_) = false;
};

// That of the file's service, which is made if there is none. Throws std::bad_alloc.
[[nodiscard]] std::shared_ptr<tail_hub> tail_hub_of(const file_state_ptr& file);

}  // namespace asiofile::detail
