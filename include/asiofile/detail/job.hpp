// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Work for a thread that is more than one system call: what `operation_kind::run_job` runs.

#include <asiofile/config.hpp>

#include <fcntl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace asiofile {

struct file_status;

namespace detail {

struct file_facts;
class system_calls;

// Runs on one thread at a time, in steps. Between steps other operations run, so a
// step should not take longer than a large transfer does.
class ASIOFILE_DECL job {
 public:
  job() noexcept;
  job(const job&) = delete;
  job& operator=(const job&) = delete;
  // Undoes unfinished work: a job may be dropped between two steps. Not in a forked child, because
  // the job belongs to the parent.
  virtual ~job();

  // What `step` returns while there is more to do. No system call that a job makes reports it.
  static constexpr std::int64_t more = -(std::int64_t{1} << 32);

  // What `step` returns while it has to wait for a stream or for some time: the next step runs
  // after that. See `when_ready` and `after_a_while`. Until then no thread is occupied.
  static constexpr std::int64_t waits = more - 1;

  // What it waits for: a stream, to be read from or written to; -1 for a delay.
  [[nodiscard]] int awaited_fd() const noexcept { return awaited_fd_; }
  [[nodiscard]] bool awaits_writing() const noexcept { return awaits_writing_; }

  // Does one step. Returns what system calls do (a count or 0, or an errno value, negated),
  // `more` or `waits`. -EINTR and -ECANCELED only where it was stopped.
  std::int64_t run() noexcept {
    has_begun_.store(true, std::memory_order_relaxed);
    const std::int64_t result = step();
    if (is_beneath_ && result != more && result != waits) leave_directory();
    return result;
  }

  // Of a job that opens a file: whether `try_now` may do it.
  [[nodiscard]] virtual bool may_try_now() const noexcept { return false; }
  // Before the first step: opens it without waiting, and says what was found; -EAGAIN where that
  // cannot be done. By a thread of the context.
  virtual std::int64_t try_now(file_facts& found, file_status* status) noexcept;

  // Whether a step is mostly less work than waking a thread for it, so that one thread does well to
  // run several such jobs, one after the other. One that takes longer after all holds up others for
  // some milliseconds.
  [[nodiscard]] virtual bool is_quick() const noexcept { return false; }

  // As a trace names it.
  [[nodiscard]] virtual std::string_view name() const noexcept { return "job"; }

  // Before the first step: it makes calls of this system and not of the kernel's, and paths begin
  // in the directory of this descriptor and not in the working directory.
  void begin_at(std::shared_ptr<system_calls> system, int directory) noexcept {
    if (is_beneath_) return;
    system_ = std::move(system);
    base_ = directory;
  }
  // When it is made, in place of that: the system's paths do not lead out of the directory.
  void begin_beneath(std::shared_ptr<system_calls> confined, int directory) noexcept {
    system_ = std::move(confined);
    base_ = directory;
    is_beneath_ = true;
  }

  // Whether a step has run. If so, a job that is to end early must be run once more, to clean up.
  [[nodiscard]] bool has_begun() const noexcept {
    return has_begun_.load(std::memory_order_relaxed);
  }

  // Set before a step when no signal can interrupt its system calls: it must not make one that may
  // block forever.
  void forbid_waiting() noexcept { may_wait_ = false; }

  // Asks it to end early. From any thread; a system call that it is in is interrupted besides.
  void stop() noexcept { is_stopped_.store(true, std::memory_order_relaxed); }

 protected:
  [[nodiscard]] const std::shared_ptr<system_calls>& system() const noexcept { return system_; }
  // A descriptor of that system's, or AT_FDCWD.
  [[nodiscard]] int base() const noexcept { return base_; }
  [[nodiscard]] bool is_stopped() const noexcept {
    return is_stopped_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool may_wait() const noexcept { return may_wait_; }
  [[nodiscard]] bool is_forked_copy() const noexcept;

  // For `step` to return. Also comes, after a while, where nothing tells whether the stream is
  // ready.
  std::int64_t when_ready(int fd, bool for_writing) noexcept {
    awaited_fd_ = fd;
    awaits_writing_ = for_writing;
    return waits;
  }
  std::int64_t after_a_while() noexcept { return when_ready(-1, false); }

 private:
  virtual std::int64_t step() noexcept = 0;
  // Not in the destructor, which runs on a thread of the context: it may close the directory.
  void leave_directory() noexcept;

  // Asked by any thread.
  std::atomic<bool> is_stopped_ = false;
  std::atomic<bool> has_begun_ = false;
  // Handed from thread to thread with the job.
  bool awaits_writing_ = false;
  bool may_wait_ = true;
  bool is_beneath_ = false;
  int awaited_fd_ = -1;
  int base_ = AT_FDCWD;
  std::shared_ptr<system_calls> system_;
  // How many there had been when it was made.
  const unsigned forks_;
};

}  // namespace detail
}  // namespace asiofile
