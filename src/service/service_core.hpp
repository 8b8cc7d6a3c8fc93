#pragma once

// The heart of a file_service: takes operations in, gives them to engines, takes them back, and
// calls their handlers.
//
// Operations wait in `waiting_` until an engine has room, are with the engines, and then in
// `finished_` until a turn takes them, to call their handlers. All of that moves in turns: functions
// that the context runs. Whoever starts or cancels something only notes it down and schedules a turn.
// A read of what is in memory, initiated in a handler that a turn has called, is done there and then,
// and is the turn's from the start.
//
// The rule that keeps everything alive: whenever the mutex is free, either a turn is scheduled, or
// there is nothing for one to do and the reactor waits for the engines' signal (`is_settled`). In
// particular it holds while a handler runs, however long: another thread of the context goes on.

#include "operations/operation_queue.hpp"
#include "service/file_state.hpp"
#include "service/router.hpp"
#include "service/running_turn.hpp"
#include "service/service_counters.hpp"
#include "service/shared_syncs.hpp"
#include "service/ticket_office.hpp"
#include "system/core_mutex.hpp"
#include "system/wake_signal.hpp"

#include <asiofile/detail/context_gate.hpp>
#include <asiofile/service_options.hpp>

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace asiofile::detail {

class beneath_root;

class service_core {
 public:
  service_core(const service_options& options, std::unique_ptr<context_gate> gate);
  ~service_core();
  service_core(const service_core&) = delete;
  service_core& operator=(const service_core&) = delete;

  [[nodiscard]] const service_options& options() const noexcept { return options_; }
  [[nodiscard]] backend active_backend();
  [[nodiscard]] std::string why();
  [[nodiscard]] service_statistics statistics();
  void learn(const native_executor& native) noexcept;

  // The functions of `file_access.hpp`.
  void enlist(file_state& file) noexcept;
  void forget(file_state& file) noexcept;
  void abandon(file_state& file) noexcept;
  int open(file_state& file, const char* path, std::size_t path_size, int flags,
           std::uint32_t permissions);
  int open_beneath(file_state& file, const beneath_root& root, const std::string& path, int flags,
                   std::uint32_t permissions);
  int assign(file_state& file, int fd, ownership owner, int open_flags = 0);
  [[nodiscard]] bool is_open(const file_state& file) noexcept;
  // Keeps the descriptor open while the caller uses it; null on a closed file.
  [[nodiscard]] std::shared_ptr<descriptor> use(const file_state& file) noexcept;
  // Cancels what is in flight, waits for it, and takes the descriptor; null on a closed file.
  [[nodiscard]] std::shared_ptr<descriptor> detach(file_state& file) noexcept;
  // Makes `copy` a second file object on the same descriptor, with a position of its own.
  int clone(const file_state& file, file_state& copy);
  // A turn among the operations at a file's position, and the descriptor for as long as it lasts.
  // Null on a closed file.
  struct place {
    std::shared_ptr<open_file> file;
    std::shared_ptr<detail::descriptor> descriptor;
  };
  // Waits for the operations there that were started before. Ends with `leave_order`.
  [[nodiscard]] place enter_order(const file_state& file, operation& placeholder) noexcept;
  void leave_order(open_file& file, operation& placeholder) noexcept;
  void move_position(open_file& file, std::uint64_t position) noexcept;
  // What the file object has open, and where its position is; nothing of a closed file.
  [[nodiscard]] std::optional<opening> opening_of(const file_state& file) noexcept;
  // What a ring can be told of beforehand. Returns 0, or an errno value where there is none:
  // ECANCELED when the context has been shut down.
  int find_registry(std::shared_ptr<registry>& found);
  int register_descriptor(file_state& file);
  [[nodiscard]] bool is_registered(const file_state& file) noexcept;
  int set_priority(file_state& file, std::uint16_t priority) noexcept;
  bool cancel_all(file_state& file) noexcept;
  bool start(file_state& file, operation_ptr& started);
  bool read_at_once(file_state& file, operation_ptr& started);
  // Ends an operation of kind `wait`: its handler is called from a turn.
  void deliver(operation_ptr waited, std::int64_t result);
  cancellation_ticket issue_ticket(operation& unstarted);
  void withdraw_ticket(operation& unstarted) noexcept;
  void cancel(cancellation_ticket ticket) noexcept;

  // Called by the gate.
  void run_posted_turn();
  void run_wait_turn();

  // Called by the service (service_lifetime.cpp).
  void shut_down() noexcept;
  // After this, the core refers to nothing of the context.
  void leave_context() noexcept;
  void prepare_fork() noexcept;
  void resume_in_parent() noexcept;
  void resume_in_child() noexcept;

 private:
  using mutex_lock = std::unique_lock<core_mutex>;
  enum class wait_state { none, armed, ending };

  int set_up_signal();
  int set_up_schedule();
  int set_up_engines();
  int prepare_open(const file_state& file);
  [[nodiscard]] int paths_begin_at() const noexcept;
  int take_opened(file_state& file, std::int64_t fd, int flags);
  [[nodiscard]] std::shared_ptr<open_file> take_current(file_state& file) noexcept;
  void announce(operation& started);
  void take_over(operation& next) noexcept;
  [[nodiscard]] bool is_observed() const noexcept {
    return options_.trace != nullptr || options_.measure_latency;
  }
  static bool is_read_at_once(running_turn& turn, const file_state& file, operation& next) noexcept;
  [[nodiscard]] traced_operation describe(const operation& which) const noexcept;
  std::optional<std::int64_t> admit(file_state& file, operation& candidate);
  bool admit_registered(operation& candidate) const noexcept;
  std::optional<std::int64_t> admit_job(operation& candidate);
  std::optional<std::int64_t> admit_open(file_state& file, operation& candidate);
  std::optional<std::int64_t> admit_close(file_state& file, operation& candidate);
  void request_cancel(operation& which) noexcept;
  void request_cancel_of_all(open_file& file) noexcept;

  void schedule_turn();
  [[nodiscard]] bool has_finished() noexcept;
  [[nodiscard]] bool is_settled() noexcept;
  [[nodiscard]] bool can_submit() const noexcept {
    return !waiting_.empty() && in_engines_ < in_engines_max_;
  }
  class turn_scope;
  struct turn_budget;
  [[nodiscard]] running_turn* own_turn() const noexcept;
  [[nodiscard]] static bool is_own(const running_turn& turn) noexcept;
  void turn(mutex_lock& lock, running_turn& self);
  operation* take_finished(running_turn& self) noexcept;
  bool call_handlers(running_turn& self, operation* next, turn_budget& budget);
  void give_back(running_turn& over) noexcept;
  void tell_of_work() noexcept;
  enum class until { something_finished, quiet };
  void exchange(mutex_lock& lock, until end);
  void take_waiting(router::batches& batches, operation_queue& for_now);
  operation_queue do_at_once(operation_queue& candidates, operation_queue& returned,
                             std::uint64_t& misses) noexcept;
  void prepare_sync(operation& next) noexcept;
  void end_sync(operation& over) noexcept;
  void finish_done(operation_queue& over) noexcept;
  void hand_back(operation_queue& returned);
  void finish(operation& over) noexcept;
  void settle_open(operation& over) noexcept;
  static void leave_position(const open_file& left) noexcept;
  void resume_queued(operation* next) noexcept;
  void give_up_place(mutex_lock& lock, open_file& file, operation& placeholder) noexcept;
  void wait_until_done(mutex_lock& lock, open_file& file);
  template <typename Condition>
  void wait_until(mutex_lock& lock, Condition&& is_met);
  void wait_for_signal(mutex_lock& lock) noexcept;
  // What a synchronous function waits for may have come.
  void nudge() noexcept {
    if (!is_waiting_for_signal_ || is_nudged_) return;
    is_nudged_ = true;
    nudge_->raise();
  }
  void end_wait() noexcept;
  [[nodiscard]] bool is_forked_copy() const noexcept;
  void drop_queued(operation_queue& dropped) noexcept;
  void drop(operation_queue& dropped) noexcept;
  void drop_finished(mutex_lock& lock) noexcept;
  void abort_in_child(operation_queue& orphans) noexcept;
  void close_files(operation_queue& dropped, bool is_copy) noexcept;
  void end_others_turns() noexcept;

  const service_options options_;
  core_mutex mutex_;
  std::unique_ptr<context_gate> gate_;
  std::unique_ptr<wake_signal> signal_;
  router router_;
  ticket_office tickets_;
  service_counters counters_;
  bool is_shut_down_ = false;
  // The process that set the engines up.
  pid_t process_ = 0;

  file_states files_;
  operation_queue waiting_;
  operation_queue finished_;
  // Asynchronous closes whose files have operations in flight.
  operation_queue parked_;
  shared_syncs shared_syncs_;
  cancel_queue cancels_;
  std::size_t in_engines_ = 0;
  std::size_t in_engines_max_ = 0;
  // Those taken over that no turn has taken. While there are some, and until the end of a turn in which
  // there are none, the context is told that it has work.
  std::size_t outstanding_ = 0;
  bool has_work_ = false;
  running_turns turns_;

  // One thread at a time talks to the engines, without the mutex.
  bool is_exchanging_ = false;
  std::condition_variable_any exchange_is_over_;

  // One synchronous function at a time waits for the engines' signal, and others until it has. What
  // a turn on another thread finishes lowers that signal unseen, and raises this one.
  std::unique_ptr<wake_signal> nudge_;
  bool is_waiting_for_signal_ = false;
  bool is_nudged_ = false;

  // Read without the mutex where a turn has got something more to do: whoever clears it looks at all
  // turns after that.
  std::atomic<bool> turn_is_scheduled_ = false;
  // ... by raising the signal, because the context's own executor is not known.
  bool turn_is_signalled_ = false;
  wait_state wait_ = wait_state::none;
  // The engines raise the signal when something finishes.
  bool is_watching_ = false;
};

}  // namespace asiofile::detail
