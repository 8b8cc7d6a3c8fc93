#include "threads_engine.hpp"

#include "completion.hpp"
#include "posix_calls.hpp"
#include "worker_threads.hpp"
#include "write_signals.hpp"

#include <asiofile/detail/job.hpp>

#include <cerrno>
#include <cstdint>
#include <limits>

namespace asiofile::detail {

namespace {

// Cached data is copied by the initiating side's own turn up to this size; beyond, the copying is
// work enough to be worth another thread.
constexpr std::uint64_t copied_at_once_bytes_max = 64 * 1024;

// For a counter with one writer: cheaper than an atomic addition.
void increment(std::atomic<std::uint64_t>& counter) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

threads_engine::threads_engine(std::size_t thread_count_max, wake_signal& completed)
    : threads_(std::make_unique<worker_threads>(thread_count_max, completed)) {}

threads_engine::~threads_engine() = default;

int threads_engine::start_one() noexcept { return threads_->start_one(); }

bool threads_engine::accepts(const operation&) const noexcept { return true; }

std::size_t threads_engine::capacity() const noexcept {
  return std::numeric_limits<std::size_t>::max();
}

void threads_engine::submit(operation_queue& operations) noexcept {
  operation_queue for_threads;
  while (!operations.empty()) {
    operation& next = take_front(operations);
    if (try_at_once(next))
      done_at_once_.push_back(next);
    else if (next.kind == operation_kind::read && next.is_stream)
      threads_->run_when_ready(next);
    else
      for_threads.push_back(next);
  }
  threads_->run(for_threads);
  run_here(for_threads);
}

// Where the process may start no thread (RLIMIT_NPROC, a pids cgroup), waiting is better than
// failing: only this engine can run what a ring has returned. Not what could wait for ever.
void threads_engine::run_here(operation_queue& operations) noexcept {
  if (operations.empty()) return;
  const write_signals_blocked while_calling;
  while (!operations.empty()) {
    operation& next = take_front(operations);
    do {
      next.result = next.is_stream ? -EAGAIN : run_blocking(next);
    } while (next.kind == operation_kind::run_job && next.result == job::more);
    done_at_once_.push_back(next);
  }
}

// A read of what is in memory already needs no thread: preadv2(2) with RWF_NOWAIT says whether it
// is. Not with O_DIRECT, where that flag does not keep the call from waiting for the device. Not
// writes: the kernel sends SIGPIPE and SIGXFSZ to the thread that makes the call.
bool threads_engine::try_at_once(operation& candidate) noexcept {
  if (candidate.kind != operation_kind::read || candidate.is_direct) return false;
  if (candidate.is_at_end) return false;
  // Whether the process may use the priority is for a thread to find out.
  if (candidate.priority != 0) return false;
  if (!candidate.is_stream && candidate.remaining() > copied_at_once_bytes_max) return false;
  const std::int64_t result = transfer_without_waiting(
      candidate.fd, candidate.kind, candidate.is_stream, candidate.offset + candidate.transferred,
      candidate.buffers, candidate.buffer_count);
  const bool is_refused = result == -EAGAIN || result == -EOPNOTSUPP || result == -EINTR;
  const bool is_partial = result > 0 && static_cast<std::uint64_t>(result) < candidate.remaining();
  const bool is_hit = !is_refused && (!is_partial || candidate.is_stream);
  increment(is_hit ? hits_ : misses_);
  if (is_refused) return false;
  if (!is_hit) {
    // The end of the file, or the end of what is cached: a thread finds out.
    advance(candidate, static_cast<std::uint64_t>(result));
    return false;
  }
  candidate.result = result;
  return true;
}

void threads_engine::cancel(operation& in_engine) noexcept { threads_->cancel(in_engine); }

void threads_engine::reap(operation_queue& finished) noexcept {
  append(finished, done_at_once_);
  threads_->take_finished(finished);
}

bool threads_engine::watch(bool on) noexcept {
  return threads_->watch(on) || !done_at_once_.empty();
}

void threads_engine::drain(operation_queue& finished) noexcept {
  append(finished, done_at_once_);
  threads_->stop(finished);
}

void threads_engine::prepare_fork() noexcept { threads_->lock(); }
void threads_engine::resume_after_fork() noexcept { threads_->unlock(); }

void threads_engine::abandon(operation_queue& orphans) noexcept {
  append(orphans, done_at_once_);
  threads_->orphan_all(orphans);
  // Its threads do not exist in this process, so nothing of it can be joined or destroyed: it is
  // kept, where leak checkers find it. A child has one thread when it gets here.
  static worker_threads* abandoned;
  threads_->next_abandoned = abandoned;
  abandoned = threads_.release();
}

}  // namespace asiofile::detail
