// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The service of one execution context: the lock, and the parts that it composes.
//
//   start ─> file_registry ─> pipeline ─> engines
//                                │
//   handler <─ dispatcher <──────┘          context_link: when a pass runs
//
// Starting, cancelling or closing something records it under the lock and schedules a dispatch
// pass. The pass gives the work to the engines and calls handlers.
//
// The liveness rule: whenever the lock is free, either a pass is scheduled, or a thread that owns
// the engines will look again before it leaves them, or one that tries operations will continue
// with them, or there is nothing to do until the engines set the notifier, for which the reactor
// waits. So whoever may have put something into `pipeline::over` settles before it releases the
// lock, or owns the engines, and then settles before it leaves them. In particular it holds while a
// handler runs, however long.

#include "operations/operation_queue.hpp"
#include "service/context_link.hpp"
#include "service/dispatcher.hpp"
#include "service/engine_set.hpp"
#include "service/file_registry.hpp"
#include "service/fork_participants.hpp"
#include "service/handle_table.hpp"
#include "service/pipeline.hpp"
#include "service/recent_files.hpp"
#include "service/service_counters.hpp"
#include "service/service_lock.hpp"
#include "system/block_pool.hpp"
#include "system/core_mutex.hpp"
#include "system/notifier.hpp"
#include "system/system_calls.hpp"

#include <asiofile/detail/core_access.hpp>
#include <asiofile/detail/file_access.hpp>
#include <asiofile/service_options.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace asiofile::detail {

class tail_hub;

class service_core {
 public:
  service_core(const service_options& options, std::unique_ptr<context_adapter> adapter,
               error_maker make_error,
               const engine_makers& makers = kernel_engine_makers());
  ~service_core();
  service_core(const service_core&) = delete;
  service_core& operator=(const service_core&) = delete;

  [[nodiscard]] const service_options& options() const noexcept { return options_; }
  [[nodiscard]] service_statistics statistics();
  // The system's calls, or those of a simulation.
  [[nodiscard]] const system_calls_ptr& system() const noexcept { return system_; }
  // The directory that paths begin in: a descriptor or AT_FDCWD.
  [[nodiscard]] int base() const noexcept { return base_; }
  // The engines, for synchronous functions and workers.
  [[nodiscard]] engine_set& engines() noexcept { return engines_; }
  void set_executor(const void* native) noexcept;
  // Objects of the service that have a mutex of their own.
  [[nodiscard]] fork_participants& participants() noexcept { return participants_; }
  // Buffers for its readers and writers.
  [[nodiscard]] block_pool& blocks() noexcept { return blocks_; }
  // What its tail readers share while there are any (src/readers/tail_hub.hpp).
  [[nodiscard]] std::weak_ptr<tail_hub>& tails() noexcept ASIOFILE_REQUIRES(service_lock) {
    return tails_;
  }

  // ---- for functions of src/service that work on files: the lock, and what it guards
  [[nodiscard]] core_mutex& mutex() noexcept { return mutex_; }
  [[nodiscard]] file_registry& files() noexcept ASIOFILE_REQUIRES(service_lock) { return files_; }
  // False once the context is being destroyed.
  [[nodiscard]] bool is_running() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return state_ == state::running;
  }
  // In a copy of the process that was forked without `notify_fork`: the lock may be held forever.
  [[nodiscard]] bool is_forked_copy() const noexcept;
  // Makes what passes need. Returns 0 or an errno value.
  int set_up() ASIOFILE_REQUIRES(service_lock);
  // The same for a synchronous function that is about to have engines made.
  int set_up_for_engines();
  void cancel(operation& which) noexcept ASIOFILE_REQUIRES(service_lock);
  void cancel_all(opening& on) noexcept ASIOFILE_REQUIRES(service_lock);
  // Waits until `is_met` or the service has ended, and meanwhile does work that is due.
  void wait_until(core_lock& lock, const std::function<bool()>& is_met)
      ASIOFILE_REQUIRES(service_lock);
  // Continues an operation that may run now.
  void resume(operation& next) noexcept ASIOFILE_REQUIRES(service_lock);
  // Schedules a pass if there is something for it to do.
  void ensure_pass() ASIOFILE_REQUIRES(service_lock);
  // Wakes threads that wait for a change: in `wait_until`, in `shut_down`, before a fork.
  void tell_of_change() noexcept ASIOFILE_REQUIRES(service_lock);
  // Closes what nobody uses any more. Releases the lock meanwhile.
  void close_unused(core_lock& lock) noexcept ASIOFILE_REQUIRES(service_lock);
  // Drops the last reference to something that is closed with it, on a worker.
  void drop_on_worker(std::shared_ptr<void> unused) noexcept;

  // ---- asynchronous operations (start.cpp)
  // See `detail::start`. `only_on`: the number of the opening that it is meant for; 0 for any.
  start_outcome start(file_state& file, operation_ptr& started, bool wants_result,
                      operation_result& over, std::uint64_t only_on = 0);
  // The same for an operation of the library's own. If it cannot be started, because there is no
  // descriptor or memory, it completes with that error.
  void start_own(file_state& file, operation_ptr started, std::uint64_t only_on = 0);
  // Ends an operation of kind `wait`: its handler is called from a pass.
  void deliver(operation_ptr waited, std::int64_t result);
  // Before a call that `deliver` ends: throws boost::system::system_error, usually with EMFILE, if
  // there is no descriptor to reach the context with.
  void require_delivery();
  cancellation_handle issue_handle(operation& unstarted);
  void withdraw_handle(operation& unstarted) noexcept;
  void cancel(cancellation_handle handle) noexcept;

  // See `context_hold` (asiofile/detail/context_hold.hpp), which some initiations need.
  [[nodiscard]] bool hold() noexcept;
  void release() noexcept;

  // ---- called by the adapter (passes.cpp)
  void run_posted_pass();
  void run_waited_pass();

  // ---- called by the service (lifetime.cpp)
  void shut_down() noexcept;
  // After this, the core refers to nothing of the context.
  void leave_context() noexcept;
  void prepare_fork() noexcept ASIOFILE_NO_ANALYSIS;
  void resume_in_parent() noexcept ASIOFILE_NO_ANALYSIS;
  void resume_in_child() noexcept ASIOFILE_NO_ANALYSIS;

 private:
  enum class state : std::uint8_t { running, draining, ended };
  enum class until : std::uint8_t { something_completed, nothing_to_do };
  class pass;

  // start.cpp
  std::int64_t admit(file_state& file, operation& next, std::uint64_t only_on)
      ASIOFILE_REQUIRES(service_lock);
  std::int64_t admit_transfer(file_state& file, transfer_operation& next, std::uint64_t only_on)
      ASIOFILE_REQUIRES(service_lock);
  std::int64_t admit_open(file_state& file, open_operation& next) ASIOFILE_REQUIRES(service_lock);
  [[nodiscard]] bool can_be_opened_here(const open_operation& next) const noexcept
      ASIOFILE_REQUIRES(service_lock);
  std::int64_t admit_close(file_state& file, close_operation& next, std::uint64_t only_on)
      ASIOFILE_REQUIRES(service_lock);
  std::int64_t enter(operation& next, opening& on) ASIOFILE_REQUIRES(service_lock);
  start_outcome drop_unstarted(core_lock& lock, operation_ptr& unstarted)
      ASIOFILE_REQUIRES(service_lock);
  start_outcome end_at_start(core_lock& lock, operation_ptr& started, std::int64_t result,
                             bool wants_result, operation_result& over)
      ASIOFILE_REQUIRES(service_lock);
  void take_over(operation& next) noexcept ASIOFILE_REQUIRES(service_lock);
  void begin_close(close_operation& closer) noexcept ASIOFILE_REQUIRES(service_lock);
  void announce(operation& started);
  [[nodiscard]] traced_operation describe(operation& which) const;
  void trace_end(operation& over) const;

  // passes.cpp
  [[nodiscard]] bool needs_pass() const noexcept ASIOFILE_REQUIRES(service_lock);
  [[nodiscard]] std::size_t tried_max() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return passes_ > 1 ? pipeline::tried_beside_others_max(outstanding_)
                       : pipeline::tried_together_max;
  }
  void work(core_lock& lock, until end) ASIOFILE_REQUIRES(service_lock);
  [[nodiscard]] bool has_listeners() const noexcept ASIOFILE_REQUIRES(service_lock) {
    return sleepers_ != 0 || is_waited_for_;
  }
  [[nodiscard]] operation* work_alone(core_lock& lock) ASIOFILE_REQUIRES(service_lock);
  void settle() noexcept ASIOFILE_REQUIRES(service_lock);
  void leave_file(operation& over, operation_queue& resumed) noexcept
      ASIOFILE_REQUIRES(service_lock);
  void leave_opened(open_operation& over) noexcept ASIOFILE_REQUIRES(service_lock);
  void call_handler(operation& over, core_lock& lock) ASIOFILE_REQUIRES(service_lock);
  void dispatch(core_lock& lock) ASIOFILE_REQUIRES(service_lock);
  void wait_for_engines(core_lock& lock) ASIOFILE_REQUIRES(service_lock);
  void wait_for_change() ASIOFILE_REQUIRES(service_lock) ASIOFILE_NO_ANALYSIS;
  void dispose(std::unique_ptr<opening> unused, bool has_workers) noexcept;

  // lifetime.cpp
  void take_everything(operation_queue& dropped) noexcept ASIOFILE_REQUIRES(service_lock);
  void forget_sleepers() noexcept ASIOFILE_REQUIRES(service_lock);
  void end_files(core_lock& lock) ASIOFILE_REQUIRES(service_lock);
  static void drop(operation_queue& dropped) noexcept;
  void abort_in_child(operation_queue& orphans) noexcept ASIOFILE_REQUIRES(service_lock);

  const service_options options_;
  const error_maker make_error_;
  const system_calls_ptr system_;
  const int base_;

  core_mutex mutex_;
  context_link link_;
  engine_set engines_;
  service_counters counters_;
  pipeline pipeline_;
  dispatcher dispatcher_;
  file_registry files_;
  recent_files recent_ ASIOFILE_GUARDED_BY(service_lock);
  handle_table handles_;
  fork_participants participants_;
  block_pool blocks_;
  std::weak_ptr<tail_hub> tails_ ASIOFILE_GUARDED_BY(service_lock);

  state state_ ASIOFILE_GUARDED_BY(service_lock) = state::running;
  // Operations (`is_counted`) that were started and whose handlers have yet to be called.
  std::size_t outstanding_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  // Dispatch passes that are running, including those that are in a handler.
  std::size_t passes_ ASIOFILE_GUARDED_BY(service_lock) = 0;

  // For threads that wait until the engines are free, the waiter has returned, no thread tries an
  // operation or holds the context any more, or the service has ended. On the heap: a child must
  // not destroy it while a thread of the parent sleeps on it, because glibc would wait for that
  // thread.
  std::unique_ptr<std::condition_variable_any> changed_ =
      std::make_unique<std::condition_variable_any>();
  std::size_t sleepers_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  // One synchronous function at a time waits for the engines' notifier. A pass on another thread
  // may reset that notifier before the function sees it, and then sets this one.
  notifier waiter_notifier_;
  bool is_waited_for_ ASIOFILE_GUARDED_BY(service_lock) = false;
  // Threads that use the context (`context_hold`), or close something and may be about to give it
  // to a worker: the context and the engines stay until then.
  std::size_t holds_ ASIOFILE_GUARDED_BY(service_lock) = 0;
  bool is_waiter_notified_ ASIOFILE_GUARDED_BY(service_lock) = false;
};

}  // namespace asiofile::detail
