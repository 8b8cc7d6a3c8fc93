#include "service_core.hpp"

#include "beneath_open.hpp"
#include "completion.hpp"
#include "option_checks.hpp"
#include "owned_fd.hpp"
#include "posix_calls.hpp"
#include "simulation.hpp"

#include <asiofile/file_base.hpp>

#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace asiofile::detail {

namespace {

// One turn calls at most so many handlers, and moves at most so many bytes, before timers and
// sockets of the same context are served.
constexpr unsigned handlers_per_turn_max = 64;
constexpr std::uint64_t bytes_per_turn_max = 4 * 1024 * 1024;
// And gives the engines at most so many bytes at a time: cached data is copied there and then.
constexpr std::uint64_t bytes_per_submission_max = 2 * 1024 * 1024;

constexpr int look_again_milliseconds = 10;

// An executor may keep a handler's exception to itself until the function that it was dispatched
// from has returned (io_context does): the turn must then end, for the exception to leave `run()`
// where it was thrown.
thread_local bool handler_has_thrown = false;

// The turn that has called the handler that this thread is in.
thread_local running_turn* turn_of_this_thread = nullptr;

// A turn takes at most so many operations at a time, and leaves the others to other threads.
constexpr unsigned taken_together_max = 16;

// What an operation's path depends on.
inline void take_note_of(const descriptor& used, operation& user) noexcept {
  user.fd = used.fd();
  user.is_stream = used.is_stream();
  user.is_storage = used.is_storage();
  user.is_in_memory = used.is_in_memory();
  user.open_flags = used.status_flags();
#if defined(O_DIRECT)
  user.is_direct = (used.status_flags() & O_DIRECT) != 0;
#endif
}

// Counted, and work of the context's. A call of a reader or writer is not: the operations are that it
// starts.
bool is_outstanding(const operation& which) noexcept { return which.kind != operation_kind::wait; }

// The next operation whose handler a turn is to call; null where it has none. Under the turn's mutex.
operation* take_next(running_turn& turn) noexcept {
  if (turn.finished.empty()) return nullptr;
  operation& next = take_front(turn.finished);
  turn.counts.completed += is_outstanding(next) ? 1 : 0;
  return &next;
}

void put_back(running_turn& turn, operation& next) noexcept {
  const std::lock_guard lock(turn.mutex);
  turn.counts.completed -= is_outstanding(next) ? 1 : 0;
  turn.finished.push_front(next);
}

// The last ones, of one the only one.
void take_half(running_turn& from, operation_queue& into) noexcept {
  const std::lock_guard lock(from.mutex);
  for (std::size_t count = (from.finished.size() + 1) / 2; count != 0; --count) {
    operation& last = from.finished.back();
    from.finished.pop_back();
    into.push_front(last);
  }
}

// The file object has closed what the operation was meant for, and perhaps opened something else.
bool is_of_another(const operation& candidate, const file_state& file) noexcept {
  return candidate.only_of != nullptr && candidate.only_of != file.current.get();
}

}  // namespace

service_core::service_core(const service_options& options, std::unique_ptr<context_gate> gate)
    : options_(options), gate_(std::move(gate)), counters_(options.measure_latency) {
  check_options(options_);
}

service_core::~service_core() = default;

std::shared_ptr<service_core> make_core(const service_options& options,
                                        std::unique_ptr<context_gate> gate) {
  return std::make_shared<service_core>(options, std::move(gate));
}

void note_thrown_handler() noexcept { handler_has_thrown = true; }

void run_posted_turn(service_core& core) { core.run_posted_turn(); }
void run_wait_turn(service_core& core) { core.run_wait_turn(); }

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

// ---- files

int service_core::open(file_state& file, const char* path, std::size_t path_size, int flags) {
  if (std::strlen(path) != path_size) return EINVAL;
  if (const int error = prepare_open(file)) return error;
  return take_opened(file, open_path(paths_begin_at(), path, flags), flags);
}

int service_core::open_beneath(file_state& file, const beneath_root& root, const std::string& path,
                               int flags) {
  if (const int error = prepare_open(file)) return error;
  // The kernel's directory, and the simulation's file.
  if (options_.simulation) return EOPNOTSUPP;
  return take_opened(file, detail::open_beneath(root, path, flags), flags);
}

int service_core::paths_begin_at() const noexcept {
  return options_.simulation ? options_.simulation->root() : AT_FDCWD;
}

// Whether the file object can be given a file.
int service_core::prepare_open(const file_state& file) {
  const mutex_lock lock(mutex_);
  if (is_shut_down_) return ECANCELED;
  if (file.current && file.current->status != open_state::closed) return already_open;
  return set_up_engines();
}

int service_core::take_opened(file_state& file, std::int64_t fd, int flags) {
  if (fd < 0) return static_cast<int>(-fd);
  owned_fd opened(static_cast<int>(fd));
  const int error = assign(file, opened.get(), ownership::owned, flags);
  if (error == 0) static_cast<void>(opened.release());
  return error;
}

int service_core::assign(file_state& file, int fd, ownership owner, int open_flags) {
  auto opened = std::make_shared<open_file>();
  const mutex_lock lock(mutex_);
  if (is_shut_down_) return ECANCELED;
  if (file.current && file.current->status != open_state::closed) return already_open;
  if (const int error = set_up_engines()) return error;
  if (!opened->descriptor->adopt(fd, owner, open_flags)) return EBADF;
  opened->order.start_at(current_position(fd));
  opened->status = open_state::open;
  const turns_held held(turns_);
  file.current = std::move(opened);
  return 0;
}

bool service_core::is_open(const file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  return !is_shut_down_ && file.current && file.current->status == open_state::open;
}

std::shared_ptr<descriptor> service_core::use(const file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open) return nullptr;
  return file.current->descriptor;
}

std::optional<opening> service_core::opening_of(const file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open)
    return std::nullopt;
  const open_file& its = *file.current;
  return opening{file.current, its.descriptor, its.order.position(), its.order.is_at_end()};
}

int service_core::clone(const file_state& file, file_state& copy) {
  auto opened = std::make_shared<open_file>();
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open) return EBADF;
  const open_file& original = *file.current;
  opened->descriptor = original.descriptor;
  opened->status = open_state::open;
  opened->priority = original.priority;
  opened->order.copy_position(original.order);
  const turns_held held(turns_);
  copy.current = std::move(opened);
  return 0;
}

service_core::place service_core::enter_order(const file_state& file,
                                              operation& placeholder) noexcept {
  mutex_lock lock(mutex_);
  place taken{file.current, nullptr};
  const auto is_usable = [&] { return taken.file->status == open_state::open; };
  if (is_shut_down_ || !taken.file || !is_usable()) return {};
  taken.descriptor = taken.file->descriptor;
  placeholder.is_stream = taken.descriptor->is_stream();
  placeholder.open_flags = taken.descriptor->status_flags();
  stream_order& order = taken.file->order;
  if (order.enter(placeholder)) return taken;
  wait_until(lock, [&] { return !is_usable() || order.is_running(placeholder); });
  if (!is_shut_down_ && is_usable()) return taken;
  give_up_place(lock, *taken.file, placeholder);
  return {};
}

void service_core::leave_order(open_file& file, operation& placeholder) noexcept {
  mutex_lock lock(mutex_);
  give_up_place(lock, file, placeholder);
}

void service_core::give_up_place(mutex_lock& lock, open_file& file,
                                 operation& placeholder) noexcept {
  operation* next = file.order.leave(placeholder);
  if (!is_shut_down_) {
    resume_queued(next);
    if (!is_settled()) schedule_turn();
    return;
  }
  // The context ended meanwhile, and did not see those behind.
  operation_queue dropped;
  for (; next != nullptr && !next->is_placeholder; next = file.order.leave(*next))
    dropped.push_back(*next);
  lock.unlock();
  drop(dropped);
}

// What a synchronous function waits for may have come.
inline void service_core::nudge() noexcept {
  if (!is_waiting_for_signal_ || is_nudged_) return;
  is_nudged_ = true;
  nudge_->raise();
}

// One that waited for others at its file's position.
void service_core::resume_queued(operation* next) noexcept {
  if (next == nullptr) return;
  if (next->is_placeholder) {
    exchange_is_over_.notify_all();
    nudge();
    return;
  }
  next->stage = operation_stage::waiting;
  waiting_.push_back(*next);
}

void service_core::move_position(open_file& file, std::uint64_t position) noexcept {
  const mutex_lock lock(mutex_);
  file.order.move_to(position);
}

void service_core::enlist(file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  files_.push_back(file);
}

void service_core::forget(file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  files_.erase(file_states::s_iterator_to(file));
}

// What the file object has open, which it has no more: no operation begins on it after that.
std::shared_ptr<open_file> service_core::take_current(file_state& file) noexcept {
  if (!file.current) return nullptr;
  const turns_held held(turns_);
  return std::move(file.current);
}

void service_core::abandon(file_state& file) noexcept {
  // The last reference is dropped without the mutex: it closes the descriptor.
  std::shared_ptr<open_file> left;
  const mutex_lock lock(mutex_);
  file.is_abandoned = true;
  left = take_current(file);
  if (!left || left->status == open_state::closed) return;
  left->status = open_state::closed;
  request_cancel_of_all(*left);
}

std::shared_ptr<descriptor> service_core::detach(file_state& file) noexcept {
  mutex_lock lock(mutex_);
  const std::shared_ptr<open_file> left = take_current(file);
  if (!left || left->status == open_state::closed) return nullptr;
  const bool was_open = left->status == open_state::open;
  left->status = open_state::closed;
  request_cancel_of_all(*left);
  wait_until_done(lock, *left);
  if (!was_open) return nullptr;
  leave_position(*left);
  return std::move(left->descriptor);
}

// Whoever goes on with the descriptor does so where the file object ended.
void service_core::leave_position(const open_file& left) noexcept {
  if (left.order.has_moved())
    set_current_position(left.descriptor->fd(), left.order.is_at_end(), left.order.position());
}

int service_core::set_priority(file_state& file, std::uint16_t priority) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status != open_state::open) return EBADF;
  if (priority == operation::invalid_priority) return EINVAL;
  const turns_held held(turns_);
  file.current->priority = priority;
  return 0;
}

bool service_core::cancel_all(file_state& file) noexcept {
  const mutex_lock lock(mutex_);
  if (is_shut_down_ || !file.current || file.current->status == open_state::closed) return false;
  request_cancel_of_all(*file.current);
  return true;
}

// ---- taking operations in

// From here on the operation is the service's, and outstanding work.
inline void service_core::take_over(operation& next) noexcept {
  if (next.number == 0) counters_.count_start(next);
  ++outstanding_;
  if (!has_work_) tell_of_work();
}

// Reads what is in memory where a handler that a turn has called asks for it, if that is all that is to
// be done. So it meets no other thread.
bool service_core::read_at_once(file_state& file, operation_ptr& started) {
  running_turn* const turn = own_turn();
  operation& next = *started;
  const bool is_plain = !next.is_at_position && next.priority == 0 && next.slot.get() == nullptr;
  if (turn == nullptr || !is_plain || next.requested == 0 || is_observed()) return false;
  if (!is_read_at_once(*turn, file, next)) return false;
  next.stage = operation_stage::finished;
  {
    const std::lock_guard lock(turn->mutex);
    ++turn->counts.hits;
    turn->finished.push_back(*started.release());
  }
  if (!turn_is_scheduled_.load(std::memory_order_relaxed)) {
    const mutex_lock lock(mutex_);
    schedule_turn();
  }
  return true;
}

inline bool service_core::is_read_at_once(running_turn& turn, const file_state& file,
                                          operation& next) noexcept {
  const std::lock_guard reading(turn.reading);
  open_file* const its_file = file.current.get();
  if (its_file == nullptr || its_file->status != open_state::open || its_file->priority != 0 ||
      is_of_another(next, file))
    return false;
  const descriptor& used = *its_file->descriptor;
  if (used.is_stream() || !is_offset(next.offset)) return false;
  take_note_of(used, next);
  if (!its_file->at_once.wants(next)) return false;
  if (its_file->at_once.attempt(next)) return true;
  const std::lock_guard lock(turn.mutex);
  ++turn.counts.misses;
  return false;
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
  take_note_of(used, candidate);
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

// ---- turns

void service_core::schedule_turn() {
  if (turn_is_scheduled_.load(std::memory_order_relaxed) || is_shut_down_) return;
  turn_is_scheduled_.store(true, std::memory_order_relaxed);
  if (gate_->can_post()) {
    gate_->post_turn(*this);
    return;
  }
  turn_is_signalled_ = true;
  signal_->raise();
  if (wait_ == wait_state::none) {
    wait_ = wait_state::armed;
    gate_->start_wait(*this);
  }
}

bool service_core::can_submit() const noexcept {
  return !waiting_.empty() && in_engines_ < in_engines_max_;
}

// Whether there are handlers to be called, here or with a turn that could leave some to another.
bool service_core::has_finished() noexcept {
  if (!finished_.empty()) return true;
  for (running_turn& each : turns_) {
    const std::lock_guard lock(each.mutex);
    if (!each.finished.empty()) return true;
  }
  return false;
}

// Whether nothing needs to be done before an engine raises the signal.
bool service_core::is_settled() noexcept {
  if (can_submit() || !cancels_.empty() || has_finished()) return false;
  if (in_engines_ == 0) return wait_ != wait_state::armed;
  return wait_ == wait_state::armed && is_watching_;
}

// The turn that has called the handler which this thread is in; null where none of this service has.
inline running_turn* service_core::own_turn() const noexcept {
  running_turn* const innermost = turn_of_this_thread;
  return innermost != nullptr && &innermost->service == this ? innermost : nullptr;
}

// Whether this thread runs it.
bool service_core::is_own(const running_turn& turn) noexcept {
  const running_turn* own = turn_of_this_thread;
  while (own != nullptr && own != &turn) own = own->outer;
  return own != nullptr;
}

// A turn from its beginning to its end, however that comes.
class service_core::turn_scope {
 public:
  turn_scope(service_core& core, mutex_lock& lock) noexcept : core_(core), lock_(lock), turn_(core) {
    turn_.outer = std::exchange(turn_of_this_thread, &turn_);
    core_.turns_.push_back(turn_);
  }
  turn_scope(const turn_scope&) = delete;
  turn_scope& operator=(const turn_scope&) = delete;
  ~turn_scope() {
    turn_of_this_thread = turn_.outer;
    // A handler has thrown.
    if (!lock_.owns_lock()) lock_.lock();
    core_.give_back(turn_);
    core_.tell_of_work();
  }

  [[nodiscard]] running_turn& turn() noexcept { return turn_; }

 private:
  service_core& core_;
  mutex_lock& lock_;
  running_turn turn_;
};

// What a turn leaves behind.
void service_core::give_back(running_turn& over) noexcept {
  turns_.erase(running_turns::s_iterator_to(over));
  counters_.add(over.counts, router_.buffered_reads());
  for (const operation& each : over.finished) outstanding_ += is_outstanding(each) ? 1 : 0;
  append(finished_, over.finished);
}

// The context, whether it has work. While a turn is under way it has.
void service_core::tell_of_work() noexcept {
  const bool has_work = outstanding_ != 0;
  if (has_work == has_work_ || is_shut_down_) return;
  has_work_ = has_work;
  if (has_work)
    gate_->begin_work();
  else
    gate_->end_work();
}

void service_core::run_posted_turn() {
  mutex_lock lock(mutex_);
  turn_scope scope(*this, lock);
  turn_is_scheduled_.store(false, std::memory_order_relaxed);
  // Scheduled in case that somebody else could not go on; somebody did.
  if (!is_settled()) turn(lock, scope.turn());
}

void service_core::run_wait_turn() {
  mutex_lock lock(mutex_);
  turn_scope scope(*this, lock);
  wait_ = wait_state::none;
  if (is_shut_down_) return;
  // Lowered before the engines are looked at: what finishes after that raises it again.
  signal_->lower();
  if (std::exchange(turn_is_signalled_, false))
    turn_is_scheduled_.store(false, std::memory_order_relaxed);
  turn(lock, scope.turn());
}

// What one turn may still do.
struct service_core::turn_budget {
  // The context's own executor is known, which alone can say whether the program has stopped it.
  bool can_be_stopped;
  unsigned calls = 0;
  std::uint64_t bytes = 0;

  [[nodiscard]] bool is_spent() const noexcept {
    return calls == handlers_per_turn_max || bytes >= bytes_per_turn_max;
  }
};

void service_core::turn(mutex_lock& lock, running_turn& self) {
  turn_budget budget{gate_->can_post()};
  for (bool is_first = true;; is_first = false) {
    if (is_shut_down_) return;
    // Also where there are handlers to call already: what they start and what is over at once must not
    // keep the engines waiting for ever.
    const bool is_due = is_first && (in_engines_ != 0 || can_submit() || !cancels_.empty());
    if (finished_.empty() || is_due) exchange(lock, until::something_finished);
    operation* const first = take_finished(self);
    if (first == nullptr) return;
    // A handler may take its time, throw, or wait for what another thread is to do.
    if (!turn_is_scheduled_ && !is_settled()) schedule_turn();
    lock.unlock();
    const bool goes_on = call_handlers(self, first, budget);
    lock.lock();
    if (goes_on) continue;
    if (!is_settled()) schedule_turn();
    return;
  }
}

// Some of those whose handlers are to be called; or, if there are none, of those that another turn has.
// Returns the first of them, null where there is none.
operation* service_core::take_finished(running_turn& self) noexcept {
  operation_queue taken;
  for (unsigned count = 0; count != taken_together_max && !finished_.empty(); ++count) {
    operation& next = take_front(finished_);
    outstanding_ -= is_outstanding(next) ? 1 : 0;
    taken.push_back(next);
  }
  for (auto other = turns_.begin(); taken.empty() && other != turns_.end(); ++other) {
    if (&*other != &self) take_half(*other, taken);
  }
  if (taken.empty()) return nullptr;
  const std::lock_guard lock(self.mutex);
  append(self.finished, taken);
  return take_next(self);
}

// Calls the handler of `next`, and then of what the turn has. Returns whether the turn may go on: not
// where its budget is spent, or a handler has thrown.
bool service_core::call_handlers(running_turn& self, operation* next, turn_budget& budget) {
  while (next != nullptr) {
    const bool is_stopped = budget.can_be_stopped && budget.calls != 0 && gate_->stopped();
    if (is_stopped || budget.is_spent()) {
      put_back(self, *next);
      return false;
    }
    ++budget.calls;
    budget.bytes += next->transferred;
    if (options_.trace && is_outstanding(*next)) options_.trace->finished(describe(*next));
    handler_has_thrown = false;
    next->complete(handler_fate::invoke);
    if (handler_has_thrown) return false;
    const std::lock_guard lock(self.mutex);
    next = take_next(self);
  }
  return true;
}

// Gives the engines what waits and takes back what is over, until there is a handler to call or
// nothing to do. Leaves at once if another thread is at it: that one looks again before it leaves.
void service_core::exchange(mutex_lock& lock, until end) {
  if (is_exchanging_ || !router_.is_set_up()) return;
  is_exchanging_ = true;
  for (;;) {
    router::batches batches;
    operation_queue for_now;
    take_waiting(batches, for_now);
    cancel_queue cancels;
    cancels.swap(cancels_);
    for (operation& each : cancels) each.cancel_queued = false;
    const bool was_watching = std::exchange(is_watching_, false);
    lock.unlock();

    if (was_watching) router_.watch(false);
    router_.submit(batches);
    while (!cancels.empty()) {
      operation& cancelled = cancels.front();
      cancels.pop_front();
      router_.cancel(cancelled);
    }
    std::uint64_t misses = 0;
    operation_queue returned;
    operation_queue done = do_at_once(for_now, returned, misses);
    router_.reap(returned);

    lock.lock();
    counters_.count_at_once_misses(misses);
    finish_done(done);
    hand_back(returned);
    if (can_submit() || !cancels_.empty()) {
      if (finished_.empty() || end == until::quiet) continue;
      break;
    }
    if (!finished_.empty() && end == until::something_finished) break;
    if (in_engines_ == 0) {
      end_wait();
      break;
    }
    if (wait_ == wait_state::none) {
      wait_ = wait_state::armed;
      gate_->start_wait(*this);
    }
    is_watching_ = true;
    lock.unlock();
    const bool is_more = router_.watch(true);
    lock.lock();
    // The wait may have ended in the meantime, on a thread that found this one here and left.
    if (!is_more && !can_submit() && cancels_.empty() && wait_ != wait_state::none) break;
  }
  is_exchanging_ = false;
  exchange_is_over_.notify_all();
}

// An armed wait is work: without anything in flight it would keep `run()` from returning.
void service_core::end_wait() noexcept {
  if (wait_ != wait_state::armed) return;
  wait_ = wait_state::ending;
  gate_->cancel_wait();
}

// A write by itself takes its sync along: one submission less. Several into memory do better with one
// sync for all. Not with O_DIRECT: there the device is busy with the writes of some while others wait
// for their syncs, and a sync for all would keep it waiting.
void service_core::prepare_sync(operation& next) noexcept {
  const file_operations& others = next.file->operations;
  const bool is_alone =
      &others.front() == &others.back() && next.file->descriptor->syncing == nullptr;
  next.links_sync = !is_sync_left(next) && (is_alone || next.is_direct);
  if (is_sync_left(next)) shared_syncs_.begin(next);
}

// Does what can be done without waiting, and gives the rest to the engines; `misses` counts those.
// Returns what is over.
operation_queue service_core::do_at_once(operation_queue& candidates, operation_queue& returned,
                                         std::uint64_t& misses) noexcept {
  operation_queue over;
  router::batches others;
  while (!candidates.empty()) {
    operation& next = take_front(candidates);
    const bool is_hit = next.file->at_once.attempt(next);
    next.prefers_threads = next.file->at_once.needs_thread(next);
    misses += is_hit ? 0 : 1;
    if (is_hit)
      (next.sync == sync_after::none ? over : returned).push_back(next);
    else
      router_.put(next, others);
  }
  router_.submit(others);
  return over;
}

void service_core::finish_done(operation_queue& over) noexcept {
  while (!over.empty()) {
    --in_engines_;
    counters_.count_at_once_hit();
    finish(take_front(over));
  }
}

// `for_now`: those that are tried without an engine first.
void service_core::take_waiting(router::batches& batches, operation_queue& for_now) {
  if (!can_submit()) return;
  router_.begin_turn();
  counters_.count_batch();
  std::uint64_t bytes = 0;
  while (can_submit() && bytes < bytes_per_submission_max) {
    operation& next = take_front(waiting_);
    if (next.sync != sync_after::none && next.kind == operation_kind::write) prepare_sync(next);
    next.prefers_threads = next.file->at_once.needs_thread(next);
    if (!router_.route(next, batches)) {
      if (next.result == 0) next.result = -EOPNOTSUPP;
      finish(next);
      continue;
    }
    if (next.kind == operation_kind::close) {
      leave_position(*next.file);
      const bool is_shared = next.file->descriptor.use_count() > 1;
      next.keeps_open = is_shared || !next.file->descriptor->is_owned() || next.fd == -1;
      if (next.keeps_open && next.sync == sync_after::none) {
        // Not ours to close, or not the last user: letting go is all.
        remove(batches[next.engine_index], next);
        next.file->descriptor.reset();
        finish(next);
        continue;
      }
      if (!next.keeps_open) next.file->descriptor->release();
    }
    if (next.file->at_once.wants(next) && !router_.may_signal(next)) {
      remove(batches[next.engine_index], next);
      for_now.push_back(next);
    }
    next.stage = operation_stage::in_engine;
    ++in_engines_;
    counters_.count_submission(router_.engine_of(next));
    if (next.kind == operation_kind::read || next.kind == operation_kind::write)
      bytes += next.remaining();
  }
}

void service_core::hand_back(operation_queue& returned) {
  while (!returned.empty()) {
    operation& back = take_front(returned);
    --in_engines_;
    const verdict judged = judge(back, router_.has_another(back));
    if (judged == verdict::over || back.cancel_requested) {
      if (judged != verdict::over) back.result = -ECANCELED;
      finish(back);
      continue;
    }
    if (back.kind == operation_kind::write && is_sync_left(back) && !shared_syncs_.join(back))
      continue;
    if (judged == verdict::elsewhere) {
      counters_.count_fallback(router_.engine_of(back), back.result);
      back.refused_by = static_cast<std::uint8_t>(back.refused_by | 1U << back.engine_index);
    }
    back.stage = operation_stage::waiting;
    waiting_.push_front(back);
  }
}

// The result stands. From here on the operation cannot be cancelled, and its file does not wait
// for it.
void service_core::finish(operation& over) noexcept {
  over.stage = operation_stage::finished;
  if (over.kind == operation_kind::write && over.sync != sync_after::none) end_sync(over);
  if (over.cancel_queued) {
    cancels_.erase(cancel_queue::s_iterator_to(over));
    over.cancel_queued = false;
  }
  if (over.ticket.index != cancellation_ticket::none) tickets_.take_back(over.ticket);
  counters_.count_result(over);
  open_file& file = *over.file;
  file.operations.erase(file_operations::s_iterator_to(over));
  if (over.kind == operation_kind::open) settle_open(over);
  if (over.is_at_position) resume_queued(file.order.leave(over));
  nudge();
  finished_.push_back(over);
  if (file.closer != nullptr && file.operations.empty()) {
    operation& closer = *std::exchange(file.closer, nullptr);
    remove(parked_, closer);
    file.operations.push_back(closer);
    waiting_.push_back(closer);
  }
}

// It may have synced for others.
void service_core::end_sync(operation& over) noexcept {
  operation_queue covered;
  if (operation* const next = shared_syncs_.end(over, covered)) {
    next->stage = operation_stage::waiting;
    waiting_.push_front(*next);
  }
  while (!covered.empty()) finish(take_front(covered));
}

void service_core::settle_open(operation& over) noexcept {
  open_file& file = *over.file;
  const bool is_wanted = file.status == open_state::opening;
  const turns_held held(turns_);
  file.status = open_state::closed;
  if (over.result < 0) return;
  const int fd = static_cast<int>(over.result);
  if (is_wanted && file.descriptor->adopt(fd, ownership::owned, over.open_flags)) {
    file.status = open_state::open;
    return;
  }
  // Closed or cancelled while it was being opened.
  close_descriptor(fd);
  over.result = -ECANCELED;
}

void service_core::wait_until_done(mutex_lock& lock, open_file& file) {
  wait_until(lock, [&] { return file.operations.empty(); });
}

template <typename Condition>
void service_core::wait_until(mutex_lock& lock, Condition&& is_met) {
  while (!is_met() && !is_shut_down_) {
    if (is_exchanging_ || is_waiting_for_signal_) {
      exchange_is_over_.wait(lock);
      continue;
    }
    exchange(lock, until::quiet);
    if (!is_met()) wait_for_signal(lock);
  }
  if (!is_settled()) schedule_turn();
}

void service_core::wait_for_signal(mutex_lock& lock) noexcept {
  is_waiting_for_signal_ = true;
  lock.unlock();
  signal_->wait(look_again_milliseconds, nudge_.get());
  lock.lock();
  is_waiting_for_signal_ = false;
  if (std::exchange(is_nudged_, false)) nudge_->lower();
  exchange_is_over_.notify_all();
  if (is_shut_down_) return;
  signal_->lower();
  // It may have been raised for others' operations, and the reactor does not see it any more: until
  // somebody has looked at the engines, this here or a turn, nothing is settled.
  is_watching_ = false;
  if (turn_is_signalled_) signal_->raise();
}

}  // namespace asiofile::detail
