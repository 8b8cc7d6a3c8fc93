#pragma once

// The threads of the threads engine, and what they share: operations to run, operations that wait
// for a stream to be ready, operations that are over.

#include "engines/lingering.hpp"
#include "operations/operation_queue.hpp"
#include "system/core_mutex.hpp"
#include "system/wake_signal.hpp"

#include <poll.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace asiofile::detail {

// std::hardware_destructive_interference_size, which GCC warns of.
inline constexpr std::size_t cache_line_bytes = 64;

class worker_threads {
 public:
  // Starts no thread yet. `completed` is raised when operations are over and watched for.
  worker_threads(std::size_t thread_count_max, wake_signal& completed);
  ~worker_threads();
  worker_threads(const worker_threads&) = delete;
  worker_threads& operator=(const worker_threads&) = delete;

  // Makes sure that there is a thread to run operations. Returns 0 or an errno value.
  int start_one() noexcept;

  // Has `operations` run. They stay where they are if there is no thread and none can be started:
  // returns an errno value that says why, else 0.
  int run(operation_queue& operations) noexcept;
  // Has an operation run when its stream is ready.
  void run_when_ready(operation& on_stream) noexcept;

  void cancel(operation& which) noexcept;
  void take_finished(operation_queue& finished) noexcept;
  // Returns whether operations are over, for which it waits a moment where that is about to be.
  bool watch(bool on) noexcept;

  // Ends every operation and every thread.
  void stop(operation_queue& finished) noexcept;

  // Around fork(2): nothing changes between `lock` and `unlock`.
  void lock() noexcept { mutex_.lock(); }
  void unlock() noexcept { mutex_.unlock(); }

  // In a child after a fork, where the threads do not exist: keeps what one of them may have been
  // in the middle of from being destroyed, which this object must not be either.
  void leave(const operation& orphan) noexcept;
  // For a list of those that must not be.
  worker_threads* next_abandoned = nullptr;

 private:
  // `operation::engine_state` while an operation is here.
  enum whereabouts : std::uint8_t { queued, polled, running, finished_here };

  struct worker {
    std::thread thread;
    operation* current = nullptr;
    // What it runs shall end early.
    bool is_cancelled = false;
    // A signal may be pending for it.
    bool was_interrupted = false;
  };

  void work(worker& self) noexcept;
  void poll() noexcept;

  // The following are called with the mutex held. An `int` is 0 or an errno value.
  int add_worker() noexcept;
  int start_poller() noexcept;
  int make_room_to_poll() noexcept;
  int wake_workers() noexcept;
  operation_queue& queue_of(const operation& which) noexcept;
  void put_into_queue(operation& next) noexcept;
  void take_out_of_queue(operation& which) noexcept;
  void note_empty_queues() noexcept;
  operation* take_queued() noexcept;
  operation* wait_for_work(std::unique_lock<core_mutex>& lock, bool was_quick) noexcept;
  void linger(std::unique_lock<core_mutex>& lock) noexcept;
  bool stand_by(std::unique_lock<core_mutex>& lock) noexcept;
  void enqueue(operation& next) noexcept;
  void wait_for_stream(operation& next) noexcept;
  void finish(operation& done, std::int64_t result) noexcept;
  void interrupt(worker& which) noexcept;
  void fill_poll_set() noexcept;
  void dispatch_ready(std::size_t count) noexcept;
  bool interrupt_cancelled() noexcept;
  bool raise_needed() noexcept;
  bool raise_needed_after(const operation& done) noexcept;

  const std::size_t thread_count_max_;
  wake_signal& completed_;
  wake_signal poller_signal_;

  // Held for a moment by threads that take turns at it quickly: one that slept each time would cost
  // more.
  core_mutex mutex_;
  std::condition_variable_any work_available_;
  std::condition_variable_any standby_wanted_;
  std::condition_variable_any worker_idle_;
  std::list<worker> workers_;
  // Workers that run an operation, and those of them that run a quick one.
  std::size_t running_count_ = 0;
  std::size_t running_quick_count_ = 0;
  operation_queue queued_;
  std::size_t queued_count_ = 0;
  // The quick ones (`is_small_buffered_write`): less work than waking a thread, so one worker runs
  // one after the other.
  operation_queue queued_quick_;
  std::size_t queued_quick_count_ = 0;
  // How many were ever taken by workers.
  std::size_t taken_count_ = 0;
  // A worker has nothing to do but to look whether the one with the quick operations is stuck.
  bool has_standby_ = false;
  bool is_quick_one_stuck_ = false;
  operation_queue finished_;
  // Without the mutex for whoever lingers: whether there is something in a queue, and in
  // `finished_`. What is looked at all the time lies apart from what others write meanwhile.
  alignas(cache_line_bytes) std::atomic<bool> has_queued_ = false;
  alignas(cache_line_bytes) std::atomic<bool> has_finished_ = false;
  // A worker that has run a quick one lingers for more of them; whoever takes what is over, for
  // those.
  alignas(cache_line_bytes) bool is_worker_lingering_ = false;
  lingering for_more_;
  lingering for_finished_;
  // Of those, how many have not been announced because more are to come at once.
  std::size_t unannounced_count_ = 0;
  bool watching_ = false;
  bool raised_ = false;
  bool stopping_ = false;

  // With room for one from each worker.
  std::vector<std::shared_ptr<job>> left_;

  std::thread poller_;
  operation_queue polled_;
  // Counts what left `polled_`, so that the poller does not touch what is gone.
  std::size_t departures_ = 0;
  std::size_t polled_count_ = 0;
  // Without the mutex while it is polled. It is never short of room: that is made, in the other
  // one, before an operation is polled for.
  std::vector<pollfd> poll_set_;
  std::vector<pollfd> larger_poll_set_;
};

}  // namespace asiofile::detail
