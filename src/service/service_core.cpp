#include "service/service_core.hpp"

#include "operations/completion.hpp"
#include "service/option_checks.hpp"
#include "system/posix_calls.hpp"

#include <boost/system/system_error.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace asiofile::detail {

service_core::service_core(const service_options& options, std::unique_ptr<context_gate> gate)
    : options_(options), gate_(std::move(gate)), counters_(options.measure_latency) {
  check_options(options_);
}

service_core::~service_core() = default;

std::shared_ptr<service_core> make_core(const service_options& options,
                                        std::unique_ptr<context_gate> gate) {
  return std::make_shared<service_core>(options, std::move(gate));
}

// ---- setting up

int service_core::set_up_signal() {
  if (signal_) return 0;
  try {
    auto made = std::make_unique<wake_signal>();
    auto made_for_waiting = std::make_unique<wake_signal>();
    boost::system::error_code ec;
    gate_->watch(made->read_fd(), ec);
    if (ec) return ec.value();
    signal_ = std::move(made);
    nudge_ = std::move(made_for_waiting);
    return 0;
  } catch (const boost::system::system_error& failure) {
    return failure.code().value();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

// Makes sure that a turn can be scheduled.
int service_core::set_up_schedule() { return gate_->can_post() ? 0 : set_up_signal(); }

int service_core::set_up_engines() {
  if (router_.is_set_up()) return 0;
  if (const int error = set_up_signal()) return error;
  process_ = ::getpid();
  try {
    const int error = router_.set_up(options_, *signal_);
    in_engines_max_ = std::min(options_.max_in_flight, router_.capacity());
    return error;
  } catch (const std::bad_alloc&) {
    // Half of them would be taken for all.
    router_.tear_down();
    return ENOMEM;
  }
}

backend service_core::active_backend() {
  const mutex_lock lock(mutex_);
  if (!is_shut_down_) set_up_engines();
  return router_.preferred();
}

std::string service_core::why() {
  const mutex_lock lock(mutex_);
  if (!is_shut_down_) set_up_engines();
  return router_.why();
}

service_statistics service_core::statistics() {
  const mutex_lock lock(mutex_);
  service_counters counted = counters_;
  for (running_turn& each : turns_) {
    const std::lock_guard turn_lock(each.mutex);
    counted.add(each.counts, router_.buffered_reads());
  }
  service_statistics now = counted.so_far();
  now.in_flight = in_engines_;
  for (const operation& each : waiting_) static_cast<void>(each), ++now.waiting;
  return now;
}

void service_core::learn(const native_executor& native) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_) return;
  gate_->learn(native);
  // It may have had no executor to tell.
  if (has_work_) gate_->begin_work();
}

// ---- taking operations in

// From here on the operation is the service's, and outstanding work.
inline void service_core::take_over(operation& next) noexcept {
  if (next.number == 0) counters_.count_start(next);
  ++outstanding_;
  if (!has_work_) tell_of_work();
}

bool service_core::start(file_state& file, operation_ptr& started) {
  if (options_.trace) announce(*started);
  mutex_lock lock(mutex_);
  if (is_shut_down_) {
    // Its slot may keep the ticket for longer than it lives.
    tickets_.take_back(started->ticket);
    lock.unlock();
    started.reset();
    return true;
  }
  operation& next = *started;
  if (const std::optional<std::int64_t> result = admit(file, next)) {
    next.result = *result;
    next.stage = operation_stage::finished;
    next.file.reset();
    tickets_.take_back(next.ticket);
    if (!next.wants_immediate) {
      if (const int error = set_up_schedule())
        throw boost::system::system_error(make_error(error), "asiofile: wake-up");
      schedule_turn();
      take_over(next);
      finished_.push_back(*started.release());
      return true;
    }
    if (next.number == 0) counters_.count_start(next);
    counters_.count_completion();
    lock.unlock();
    if (options_.trace) options_.trace->finished(describe(next));
    return false;
  }
  open_file& its_file = *next.file;
  // Everything that can throw is behind us, or is this: from here on the operation is ours.
  schedule_turn();
  static_cast<void>(started.release());
  take_over(next);
  next.stage = operation_stage::waiting;
  if (next.kind == operation_kind::close && !its_file.operations.empty()) {
    its_file.closer = &next;
    parked_.push_back(next);
    return true;
  }
  its_file.operations.push_back(next);
  if (next.is_at_position && !its_file.order.enter(next)) return true;
  waiting_.push_back(next);
  return true;
}

void service_core::deliver(operation_ptr waited, std::int64_t result) {
  const mutex_lock lock(mutex_);
  if (is_shut_down_) return;
  if (const int error = set_up_schedule())
    throw boost::system::system_error(make_error(error), "asiofile: wake-up");
  schedule_turn();
  waited->result = result;
  waited->stage = operation_stage::finished;
  finished_.push_back(*waited.release());
}

void service_core::announce(operation& started) {
  {
    const mutex_lock lock(mutex_);
    counters_.count_start(started);
  }
  options_.trace->started(describe(started));
}

traced_operation service_core::describe(const operation& which) const noexcept {
  traced_operation traced;
  traced.number = which.number;
  traced.name = name_of(which.kind);
  traced.fd = which.fd;
  traced.offset = which.offset;
  if (which.kind == operation_kind::read || which.kind == operation_kind::write)
    traced.requested_bytes = which.requested;
  if (which.stage != operation_stage::finished) return traced;
  traced.transferred_bytes = which.transferred;
  traced.engine = router_.engine_of(which);
  traced.error = completion_error(which);
  return traced;
}

// Checks an operation against its file. A result means that it is over already.
std::optional<std::int64_t> service_core::admit(file_state& file, operation& candidate) {
  if (candidate.kind == operation_kind::open) return admit_open(file, candidate);
  if (candidate.kind == operation_kind::close) return admit_close(file, candidate);
  if (candidate.kind == operation_kind::run_job) return admit_job(candidate);
  if (!file.current || file.current->status != open_state::open) return -EBADF;
  if (is_of_another(candidate, file)) return -EBADF;

  const descriptor& used = *file.current->descriptor;
  const bool is_transfer =
      candidate.kind == operation_kind::read || candidate.kind == operation_kind::write;
  if (is_transfer && candidate.requested == 0 && candidate.sync == sync_after::none) return 0;
  const bool has_offset = (is_transfer && !candidate.is_at_position) ||
                          candidate.kind == operation_kind::resize;
  // Above, the kernel takes it for a negative one: EINVAL by pread(2), the file's own position by
  // io_uring_enter(2).
  if (has_offset && !used.is_stream() && !is_offset(candidate.offset)) return -EINVAL;

  const bool has_range =
      candidate.kind == operation_kind::allocate || candidate.kind == operation_kind::advise;
  if (has_range && !is_range(candidate.offset, candidate.requested)) return -EINVAL;
  if (candidate.priority == operation::invalid_priority) return -EINVAL;
  if (candidate.slot.get() != nullptr && !admit_registered(candidate)) return -EINVAL;
  if (is_transfer && candidate.priority == 0) candidate.priority = file.current->priority;
  std::shared_ptr(file.current).swap(candidate.file);
  candidate.registered.file = used.registered_index();
  used.describe(candidate);
  return std::nullopt;
}

std::optional<std::int64_t> service_core::admit_open(file_state& file, operation& candidate) {
  // A path with a zero byte inside would name another file.
  if (!candidate.task &&
      std::strlen(static_cast<const char*>(candidate.trailing)) != candidate.requested)
    return -EINVAL;
  // A deferred one, launched when there is nobody left to use the file.
  if (file.is_abandoned) return -ECANCELED;
  if (file.current && file.current->status != open_state::closed) return -already_open;
  if (const int error = set_up_engines()) return -error;
  candidate.file = std::make_shared<open_file>();
  const turns_held held(turns_);
  file.current = candidate.file;
  return std::nullopt;
}

// A job has no file; what it counts as one holds nothing.
std::optional<std::int64_t> service_core::admit_job(operation& candidate) {
  if (const int error = set_up_engines()) return -error;
  candidate.file = std::make_shared<open_file>();
  return std::nullopt;
}

std::optional<std::int64_t> service_core::admit_close(file_state& file, operation& candidate) {
  if (is_of_another(candidate, file)) return 0;
  candidate.file = take_current(file);
  if (!candidate.file || candidate.file->status == open_state::closed) return 0;
  candidate.file->status = open_state::closed;
  request_cancel_of_all(*candidate.file);
  candidate.fd = candidate.file->descriptor->fd();
  if (candidate.file->descriptor->is_synced_on_close()) candidate.sync = sync_after::all;
  return std::nullopt;
}

cancellation_ticket service_core::issue_ticket(operation& unstarted) {
  const mutex_lock lock(mutex_);
  return unstarted.ticket = tickets_.issue(unstarted);
}

void service_core::withdraw_ticket(operation& unstarted) noexcept {
  const mutex_lock lock(mutex_);
  tickets_.take_back(unstarted.ticket);
}

void service_core::cancel(cancellation_ticket ticket) noexcept {
  const mutex_lock lock(mutex_);
  if (operation* const named = tickets_.holder_of(ticket)) request_cancel(*named);
}

void service_core::request_cancel(operation& which) noexcept {
  // What is closed stays closed.
  if (which.cancel_requested || which.kind == operation_kind::close) return;
  switch (which.stage) {
    case operation_stage::waiting:
      which.cancel_requested = true;
      remove(waiting_, which);
      which.result = -ECANCELED;
      finish(which);
      schedule_turn();
      break;
    case operation_stage::in_engine:
      which.cancel_requested = true;
      which.cancel_queued = true;
      cancels_.push_back(which);
      schedule_turn();
      break;
    case operation_stage::queued:
      which.cancel_requested = true;
      which.result = -ECANCELED;
      finish(which);
      schedule_turn();
      break;
    case operation_stage::synced_by_another:
      which.cancel_requested = true;
      shared_syncs_.leave(which);
      which.result = -ECANCELED;
      finish(which);
      schedule_turn();
      break;
    case operation_stage::initiating:
    case operation_stage::finished: break;
  }
}

void service_core::request_cancel_of_all(open_file& file) noexcept {
  for (auto next = file.operations.begin(); next != file.operations.end();)
    request_cancel(*next++);
}

}  // namespace asiofile::detail
