// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The workers of the threads engine: threads that make blocking calls.
//
// A worker is started when there is work for which none is free, up to a limit. It runs one
// operation at a time, without a lock, and can be interrupted out of a blocking call by a signal.
// Such a signal may come just before the call, so a watchman sends it again until the operation has
// completed. It also checks whether the quick lane is stuck (`run_queue`), and returns operations
// that have rested to the queue.

#include "engines/engine_thread.hpp"
#include "engines/run_queue.hpp"
#include "engines/spin_then_park.hpp"
#include "engines/watchman.hpp"
#include "operations/operation_queue.hpp"
#include "system/core_mutex.hpp"
#include "system/thread_safety.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <thread>

namespace asiofile::detail {

struct worker_pool_options {
  std::size_t worker_count_max = 4;
  // The result of `claim_interrupt_signal`.
  int interrupt_signal = -1;
  thread_starter start = start_thread;
};

class worker_pool final : private watchman::client {
 public:
  // The outcome of an operation that a worker has run.
  enum class outcome : std::uint8_t {
    over,      // `result` is final
    again,     // there is more to do: behind the others
    rest,      // once more in some milliseconds
    passed_on  // `pass_on` gives it to another part
  };

  // The owner of the operations. Functions are called by workers and, where a comment says so, by
  // others; without a lock.
  class client {
   public:
    // `thread_priority`: the worker's, as ioprio_set(2) has it.
    virtual outcome run(operation& next, std::uint16_t& thread_priority) noexcept = 0;
    // Called by any thread. `to_come`: see `completed_list::add`.
    virtual void over(operation& which, std::size_t to_come) noexcept = 0;
    virtual void pass_on(operation& which) noexcept = 0;
    // Called by the thread that submits it, if there is no worker and none can be started. False if
    // it cannot run without one.
    virtual bool run_here(operation& next) noexcept = 0;
    // Called by the watchman, every few milliseconds while quick operations wait.
    virtual void tick() noexcept = 0;

   protected:
    ~client() = default;
  };

  // Starts no thread yet. `owner` must outlive it.
  worker_pool(const worker_pool_options& options, client& owner)
      : options_(options), client_(owner), watchman_(*this, options.start) {}
  // Stops it.
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  // Makes sure that there is a worker. Returns 0 or an errno value.
  int start_one() noexcept ASIOFILE_EXCLUDES(mutex_);

  // Runs operations. If there is no worker at all, this thread runs those that wait for no peer;
  // the others end with -EAGAIN, or the error with which the system refused to start a thread; with
  // -ECANCELED if the pool is stopped. For any thread.
  void run(engine_queue& operations) noexcept ASIOFILE_EXCLUDES(mutex_);

  // Ends early an operation that is marked as cancelled, if it is here.
  void cancel(operation& which) noexcept ASIOFILE_EXCLUDES(mutex_);

  // Ends every operation and every thread.
  void stop() noexcept ASIOFILE_EXCLUDES(mutex_);

  // Whether quick operations wait or run: it is worth spinning for their completion.
  [[nodiscard]] bool has_quick() noexcept ASIOFILE_EXCLUDES(mutex_);

  // Around fork(2): nothing changes between them.
  void lock() noexcept ASIOFILE_NO_ANALYSIS {
    mutex_.lock();
    watchman_.lock();
  }
  void unlock() noexcept ASIOFILE_NO_ANALYSIS {
    watchman_.unlock();
    mutex_.unlock();
  }

 private:
  struct worker {
    worker_pool* pool = nullptr;
    std::thread thread;
    // Used only by its worker.
    std::uint16_t priority = 0;
    // The following are guarded by the mutex.
    operation* current = nullptr;
    run_queue::lane_ticket ticket = run_queue::no_ticket;
    // A signal for it may be pending.
    bool was_interrupted = false;
  };

  // ---- workers
  void work(worker& self) noexcept;
  operation* wait_for_work(worker& self) noexcept ASIOFILE_EXCLUDES(mutex_);
  operation* after(worker& self, operation& last, outcome how) noexcept ASIOFILE_EXCLUDES(mutex_);
  outcome settle(operation& last, outcome how, bool must_pause) noexcept ASIOFILE_REQUIRES(mutex_);
  operation* take(worker& self) noexcept ASIOFILE_REQUIRES(mutex_);
  void arrive() noexcept ASIOFILE_REQUIRES(mutex_);

  // ---- who works. An `int` is 0 or an errno value.
  int staff() noexcept ASIOFILE_REQUIRES(mutex_);
  int add_worker() noexcept ASIOFILE_REQUIRES(mutex_);

  // ---- the watchman's looks
  bool look_at_lane() noexcept override ASIOFILE_EXCLUDES(mutex_);
  bool look_around() noexcept override ASIOFILE_EXCLUDES(mutex_);

  void interrupt(worker& which) noexcept ASIOFILE_REQUIRES(mutex_);
  void end_waiting(engine_queue& ended) noexcept ASIOFILE_REQUIRES(mutex_);
  void interrupt_all() noexcept ASIOFILE_REQUIRES(mutex_);
  [[nodiscard]] bool is_any_busy() const noexcept ASIOFILE_REQUIRES(mutex_);
  void tell_over(engine_queue& ended, std::int64_t result) noexcept ASIOFILE_EXCLUDES(mutex_);

  const worker_pool_options options_;
  client& client_;

  // Held briefly by threads that alternate quickly: a mutex that sleeps each time would cost more.
  core_mutex mutex_;
  std::condition_variable_any work_available_;
  std::condition_variable_any worker_idle_;
  run_queue queue_ ASIOFILE_GUARDED_BY(mutex_);
  engine_queue resting_ ASIOFILE_GUARDED_BY(mutex_);
  std::list<worker> workers_ ASIOFILE_GUARDED_BY(mutex_);
  // Workers that sleep, and how many of these, or of new ones, have been notified but do not run
  // yet.
  std::size_t asleep_count_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  std::size_t called_count_ ASIOFILE_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ ASIOFILE_GUARDED_BY(mutex_) = false;

  // The holder of the quick lane spins for more. It reads the next flag without the mutex, so that
  // lies on another cache line than what others write meanwhile.
  bool is_spinning_ ASIOFILE_GUARDED_BY(mutex_) = false;
  spin_then_park for_more_;
  alignas(64) std::atomic<bool> has_queued_ = false;

  alignas(64) watchman watchman_;
};

}  // namespace asiofile::detail
