#include "engines/worker_threads.hpp"

#include "operations/at_once.hpp"
#include "operations/nowait_transfer.hpp"
#include "system/interrupt_signal.hpp"
#include "system/posix_calls.hpp"

#include <asiofile/detail/job.hpp>

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

namespace asiofile::detail {

namespace {

constexpr int interrupt_again_milliseconds = 10;

// How long others wait behind one that was thought to be quick, before another worker takes them.
constexpr std::chrono::milliseconds patience(1);

// While it lives, this thread (and any that it starts) takes no signals. Signals are the
// program's: its handlers must not run on the library's threads, and SIGXFSZ and SIGPIPE, which
// the kernel sends to the thread that writes, must not end the process when the error code tells
// as much.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;

 private:
  sigset_t before_;
};

template <typename Function>
int start_thread(std::thread& thread, Function function) noexcept {
  // The number is chosen here, before the first thread could need it.
  static_cast<void>(interrupt_signal());
  const all_signals_blocked while_starting;
  try {
    thread = std::thread(function);
    return 0;
  } catch (const std::system_error& failure) {
    return failure.code().value();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

void allow_interrupts() noexcept {
  const int number = interrupt_signal();
  if (number == -1) return;
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
}

// Makes this thread take an interruption that is still pending, lest it ends the next operation.
void absorb_interrupt() noexcept {
  // Pending signals are handled on the way out of any system call.
  sigset_t pending;
  ::sigpending(&pending);
}

bool is_stream_transfer(const operation& which) noexcept {
  return which.is_stream && !is_sync_left(which) &&
         (which.kind == operation_kind::read || which.kind == operation_kind::write);
}

// `thread_priority`: the I/O priority of this thread, as it was left.
std::int64_t run_one(operation& next, std::uint16_t& thread_priority) noexcept {
  if (next.priority != thread_priority) {
    const std::int64_t result = set_thread_priority(next.priority);
    if (result < 0) return result;
    thread_priority = next.priority;
  }
  if (is_stream_transfer(next)) {
    // A stream that was found ready, or is worth a try, must not hold up this thread: others may
    // have taken what was there.
    const std::int64_t result =
        transfer_without_waiting(next.fd, next.kind, true, 0, next.buffers, next.buffer_count);
    if (result != -EOPNOTSUPP) return result;
  }
  return run_blocking(next);
}

}  // namespace

worker_threads::worker_threads(std::size_t thread_count_max, wake_signal& completed)
    : thread_count_max_(thread_count_max), completed_(completed) {
  left_.reserve(thread_count_max);
}

worker_threads::~worker_threads() {
  // Those of a service that could not be set up to its end.
  operation_queue none;
  stop(none);
}

int worker_threads::start_one() noexcept {
  const std::lock_guard lock(mutex_);
  return workers_.empty() ? add_worker() : 0;
}

int worker_threads::add_worker() noexcept {
  try {
    workers_.emplace_back();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
  worker& added = workers_.back();
  const int error = start_thread(added.thread, [this, &added] { work(added); });
  if (error != 0) workers_.pop_back();
  return error;
}

int worker_threads::start_poller() noexcept {
  if (const int error = make_room_to_poll()) return error;
  if (poller_.joinable()) return 0;
  return start_thread(poller_, [this] { poll(); });
}

// For the signal and one operation more than there are.
int worker_threads::make_room_to_poll() noexcept {
  const std::size_t needed = polled_count_ + 2;
  if (needed <= std::max(poll_set_.capacity(), larger_poll_set_.capacity())) return 0;
  try {
    larger_poll_set_.reserve(2 * needed);
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

int worker_threads::run(operation_queue& operations) noexcept {
  if (operations.empty()) return 0;
  const std::lock_guard lock(mutex_);
  while (!operations.empty()) put_into_queue(take_front(operations));
  const int error = wake_workers();
  // With no thread at all nobody ever would.
  if (!workers_.empty()) return 0;
  append(operations, queued_);
  append(operations, queued_quick_);
  note_empty_queues();
  return error;
}

void worker_threads::run_when_ready(operation& on_stream) noexcept {
  const std::lock_guard lock(mutex_);
  wait_for_stream(on_stream);
}

operation_queue& worker_threads::queue_of(const operation& which) noexcept {
  return is_small_buffered_write(which) ? queued_quick_ : queued_;
}

void worker_threads::put_into_queue(operation& next) noexcept {
  next.engine_state = queued;
  operation_queue& its_queue = queue_of(next);
  its_queue.push_back(next);
  ++(&its_queue == &queued_ ? queued_count_ : queued_quick_count_);
  has_queued_.store(true, std::memory_order_relaxed);
}

void worker_threads::take_out_of_queue(operation& which) noexcept {
  operation_queue& its_queue = queue_of(which);
  remove(its_queue, which);
  --(&its_queue == &queued_ ? queued_count_ : queued_quick_count_);
  if (queued_.empty() && queued_quick_.empty()) has_queued_.store(false, std::memory_order_relaxed);
}

void worker_threads::note_empty_queues() noexcept {
  queued_count_ = queued_quick_count_ = 0;
  has_queued_.store(false, std::memory_order_relaxed);
}

// Has a worker for each operation that is queued, as far as there may be so many, but one for all
// that are quick, and one that looks after that. A worker that has been woken but not come yet
// counts for one; one that lingers needs no waking, and takes the quick ones first.
int worker_threads::wake_workers() noexcept {
  std::size_t wanted = queued_count_;
  const bool is_one_lingering = is_worker_lingering_ && !queued_quick_.empty();
  const bool is_seen_to = is_one_lingering || (running_quick_count_ != 0 && has_standby_);
  if (!queued_quick_.empty() && !is_seen_to) ++wanted;
  std::size_t free_count = workers_.size() - running_count_ - (is_one_lingering ? 1 : 0);
  const std::size_t idle_count = free_count - (has_standby_ ? 1 : 0);
  for (std::size_t i = 0; i != std::min(wanted, idle_count); ++i) work_available_.notify_one();
  if (wanted > idle_count && has_standby_) standby_wanted_.notify_one();
  for (; free_count < wanted && workers_.size() < thread_count_max_; ++free_count) {
    // Those that run already will do it.
    if (const int error = add_worker()) return error;
  }
  // The one that looks after the quick ones is there before it is needed: from then on nothing is
  // allocated. Without it they go on as well.
  if (!queued_quick_.empty() && workers_.size() == 1 && thread_count_max_ != 1)
    static_cast<void>(add_worker());
  return 0;
}

// Something for a worker that is free; null where others have it in hand, or there is nothing.
operation* worker_threads::take_queued() noexcept {
  const bool takes_quick = running_quick_count_ == 0 || is_quick_one_stuck_;
  operation_queue& from = takes_quick && !queued_quick_.empty() ? queued_quick_ : queued_;
  if (from.empty()) return nullptr;
  operation& taken = from.front();
  take_out_of_queue(taken);
  ++taken_count_;
  is_quick_one_stuck_ = false;
  return &taken;
}

// Returns null when it is time to end.
operation* worker_threads::wait_for_work(std::unique_lock<core_mutex>& lock,
                                         bool was_quick) noexcept {
  bool is_staying = false;
  bool may_linger = was_quick;
  while (!stopping_) {
    if (operation* const taken = take_queued()) return taken;
    if (std::exchange(may_linger, false) && !is_worker_lingering_) linger(lock);
    else if (!has_standby_ && (running_quick_count_ != 0 || is_staying))
      is_staying = stand_by(lock);
    else work_available_.wait(lock);
  }
  return nullptr;
}

void worker_threads::linger(std::unique_lock<core_mutex>& lock) noexcept {
  is_worker_lingering_ = true;
  lock.unlock();
  for_more_.until([this] { return has_queued_.load(std::memory_order_relaxed); });
  lock.lock();
  is_worker_lingering_ = false;
}

// Looks for a moment whether another worker is stuck with an operation that was thought to be
// quick. Returns whether operations were taken meanwhile: then there will be more, and it is worth
// staying.
bool worker_threads::stand_by(std::unique_lock<core_mutex>& lock) noexcept {
  has_standby_ = true;
  const std::size_t taken_before = taken_count_;
  const bool is_woken = standby_wanted_.wait_for(lock, patience) == std::cv_status::no_timeout;
  has_standby_ = false;
  // Whoever leaves this post for other work leaves nothing behind unannounced.
  if (is_woken && unannounced_count_ != 0 && raise_needed()) completed_.raise();
  if (is_woken || taken_count_ != taken_before) return true;
  is_quick_one_stuck_ = running_quick_count_ != 0;
  if (raise_needed()) completed_.raise();
  return false;
}

void worker_threads::enqueue(operation& next) noexcept {
  put_into_queue(next);
  const int error = wake_workers();
  if (!workers_.empty()) return;
  take_out_of_queue(next);
  finish(next, -error);
}

void worker_threads::wait_for_stream(operation& next) noexcept {
  if (const int error = start_poller()) {
    finish(next, -error);
    return;
  }
  next.engine_state = polled;
  polled_.push_back(next);
  ++polled_count_;
  poller_signal_.raise();
}

void worker_threads::finish(operation& done, std::int64_t result) noexcept {
  done.engine_state = finished_here;
  done.result = result;
  finished_.push_back(done);
  has_finished_.store(true, std::memory_order_relaxed);
}

bool worker_threads::raise_needed() noexcept {
  if (!watching_ || raised_ || finished_.empty()) return false;
  raised_ = true;
  unannounced_count_ = 0;
  return true;
}

// Not after each of many quick ones: who waits for them would be woken for each. With half of them
// done there is as much to do for whoever that is as there is left for the worker meanwhile.
bool worker_threads::raise_needed_after(const operation& done) noexcept {
  const bool are_more_to_come = is_small_buffered_write(done) && has_standby_;
  if (are_more_to_come && ++unannounced_count_ < queued_quick_count_) return false;
  return raise_needed();
}

void worker_threads::work(worker& self) noexcept {
  allow_interrupts();
  std::uint16_t priority = 0;
  std::unique_lock lock(mutex_);
  bool was_quick = false;
  for (;;) {
    operation* const taken = wait_for_work(lock, was_quick);
    if (taken == nullptr) return;
    operation& current = *taken;
    was_quick = is_small_buffered_write(current);
    current.engine_state = running;
    self.current = &current;
    ++running_count_;
    if (was_quick) ++running_quick_count_;
    if (was_quick && !queued_quick_.empty() && !has_standby_) static_cast<void>(wake_workers());
    lock.unlock();

    const std::int64_t result = run_one(current, priority);

    lock.lock();
    self.current = nullptr;
    --running_count_;
    if (was_quick) --running_quick_count_;
    const bool not_ready = is_stream_transfer(current) && result == -EAGAIN && !self.is_cancelled;
    self.is_cancelled = false;
    const bool is_unfinished = current.kind == operation_kind::run_job && result == job::more;
    if (not_ready && !stopping_) wait_for_stream(current);
    else if (is_unfinished && !stopping_) put_into_queue(current);  // behind what others want
    else finish(current, is_unfinished ? -ECANCELED : result);
    const bool raise = raise_needed_after(current);
    const bool absorb = self.was_interrupted;
    self.was_interrupted = false;
    if (stopping_) worker_idle_.notify_all();
    if (raise || absorb) {
      lock.unlock();
      if (raise) completed_.raise();
      if (absorb) absorb_interrupt();
      lock.lock();
    }
  }
}

void worker_threads::cancel(operation& which) noexcept {
  const std::lock_guard lock(mutex_);
  switch (which.engine_state) {
    case queued:
      if (which.task && which.task->has_begun()) {
        // It has something to undo.
        which.task->stop();
        break;
      }
      take_out_of_queue(which);
      finish(which, -ECANCELED);
      break;
    case polled:
      remove(polled_, which);
      --polled_count_;
      ++departures_;
      finish(which, -ECANCELED);
      poller_signal_.raise();
      break;
    case running:
      for (worker& each : workers_) {
        if (each.current != &which) continue;
        each.is_cancelled = true;
        if (which.task) which.task->stop();
        interrupt(each);
      }
      // The signal may come just before the system call. The poller sends it again.
      static_cast<void>(start_poller());
      if (poller_.joinable()) poller_signal_.raise();
      break;
    default: break;
  }
}

void worker_threads::interrupt(worker& which) noexcept {
  const int number = interrupt_signal();
  if (number == -1) return;
  which.was_interrupted = true;
  ::pthread_kill(which.thread.native_handle(), number);
}

bool worker_threads::interrupt_cancelled() noexcept {
  bool any = false;
  for (worker& each : workers_) {
    if (each.current == nullptr || !each.is_cancelled) continue;
    interrupt(each);
    any = true;
  }
  return any;
}

void worker_threads::take_finished(operation_queue& finished) noexcept {
  const std::lock_guard lock(mutex_);
  append(finished, finished_);
  has_finished_.store(false, std::memory_order_relaxed);
  unannounced_count_ = 0;
  raised_ = false;
}

bool worker_threads::watch(bool on) noexcept {
  std::unique_lock lock(mutex_);
  if (on && finished_.empty() && (running_quick_count_ != 0 || !queued_quick_.empty())) {
    lock.unlock();
    for_finished_.until([this] { return has_finished_.load(std::memory_order_relaxed); });
    lock.lock();
  }
  watching_ = on;
  return !finished_.empty();
}

void worker_threads::poll() noexcept {
  std::unique_lock lock(mutex_);
  bool interrupting = false;
  while (!stopping_) {
    fill_poll_set();
    const std::size_t seen = departures_;
    const std::size_t count = poll_set_.size();
    lock.unlock();
    const int ready = ::poll(poll_set_.data(), static_cast<nfds_t>(count),
                             interrupting ? interrupt_again_milliseconds : -1);
    lock.lock();
    if (ready > 0 && poll_set_[0].revents != 0) poller_signal_.lower();
    // Where something has left, the list and the set no longer match; the next round will.
    if (ready > 0 && departures_ == seen) dispatch_ready(count);
    interrupting = interrupt_cancelled();
    if (raise_needed()) {
      lock.unlock();
      completed_.raise();
      lock.lock();
    }
  }
}

void worker_threads::fill_poll_set() noexcept {
  if (larger_poll_set_.capacity() > poll_set_.capacity()) {
    poll_set_.swap(larger_poll_set_);
    larger_poll_set_ = {};
  }
  poll_set_.clear();
  poll_set_.push_back({poller_signal_.read_fd(), POLLIN, 0});
  for (const operation& each : polled_) {
    const short events = each.kind == operation_kind::read ? POLLIN : POLLOUT;
    poll_set_.push_back({each.fd, events, 0});
  }
}

void worker_threads::dispatch_ready(std::size_t count) noexcept {
  auto next = polled_.begin();
  for (std::size_t i = 1; i != count; ++i) {
    operation& candidate = *next++;
    if (poll_set_[i].revents == 0) continue;
    remove(polled_, candidate);
    --polled_count_;
    enqueue(candidate);
  }
}

void worker_threads::stop(operation_queue& finished) noexcept {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    append(queued_, queued_quick_);
    while (!queued_.empty()) finish(take_front(queued_), -ECANCELED);
    note_empty_queues();
    while (!polled_.empty()) finish(take_front(polled_), -ECANCELED);
    polled_count_ = 0;
    ++departures_;
    const auto is_busy = [](const worker& each) { return each.current != nullptr; };
    while (std::any_of(workers_.begin(), workers_.end(), is_busy)) {
      for (worker& each : workers_) {
        if (each.current == nullptr) continue;
        if (each.current->task) each.current->task->stop();
        interrupt(each);
      }
      worker_idle_.wait_for(lock, std::chrono::milliseconds(interrupt_again_milliseconds));
    }
    append(finished, finished_);
    work_available_.notify_all();
    standby_wanted_.notify_all();
    poller_signal_.raise();
  }
  // The poller first: it looks at the others.
  if (poller_.joinable()) poller_.join();
  for (worker& each : workers_) each.thread.join();
  workers_.clear();
}

void worker_threads::leave(const operation& orphan) noexcept {
  const bool may_be_torn = orphan.task && orphan.engine_state == running;
  if (may_be_torn && left_.size() != left_.capacity()) left_.push_back(orphan.task);
}

}  // namespace asiofile::detail
