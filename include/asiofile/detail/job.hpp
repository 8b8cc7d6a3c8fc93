#pragma once

// Work for a thread that is more than one system call: what `operation_kind::run_job` runs.

#include <asiofile/config.hpp>

#include <fcntl.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace asiofile::detail {

// Runs on one thread at a time, in steps. Between steps other operations have their turn, so a
// step should not take longer than a large transfer does.
class ASIOFILE_DECL job {
 public:
  job() noexcept;
  job(const job&) = delete;
  job& operator=(const job&) = delete;
  // Undoes what was left half done: a job may be dropped between two steps. Not in a forked child,
  // whose copy of the job is none of its business.
  virtual ~job();

  // What `step` returns while there is more to do. No system call that a job makes reports it.
  static constexpr std::int64_t more = -(std::int64_t{1} << 32);

  // Does one step. Returns what system calls do (a count or 0, or an errno value, negated), or
  // `more`. -EINTR and -ECANCELED only where it was stopped.
  std::int64_t run() noexcept {
    has_begun_ = true;
    return step();
  }

  // Whether it resolves every path from `base`, so that it can be told to begin elsewhere. What does
  // not makes system calls of its own, and runs on the kernel's files only.
  [[nodiscard]] virtual bool can_begin_elsewhere() const noexcept { return false; }

  // Before the first step: paths begin in the directory of this descriptor, not in the working
  // directory.
  void begin_at(int directory) noexcept { base_ = directory; }

  // Has a step run? If so, a job that shall end early has to be run once more, to clean up.
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }

  // Asks it to end early. From any thread; a system call that it is in is interrupted besides.
  void stop() noexcept { is_stopped_.store(true, std::memory_order_relaxed); }

 protected:
  // A descriptor, or AT_FDCWD.
  [[nodiscard]] int base() const noexcept { return base_; }
  [[nodiscard]] bool is_stopped() const noexcept {
    return is_stopped_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_forked_copy() const noexcept;

 private:
  virtual std::int64_t step() noexcept = 0;

  std::atomic<bool> is_stopped_ = false;
  // Handed from thread to thread with the job.
  bool has_begun_ = false;
  int base_ = AT_FDCWD;
  const pid_t process_;
};

}  // namespace asiofile::detail
