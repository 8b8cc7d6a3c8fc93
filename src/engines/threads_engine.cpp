#include "engines/threads_engine.hpp"

#include "engines/worker_threads.hpp"
#include "system/posix_calls.hpp"
#include "system/write_signals.hpp"

#include <asiofile/detail/job.hpp>

#include <fcntl.h>

#include <cerrno>
#include <limits>

namespace asiofile::detail {

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
    operations_.push_back(next);
    const bool waits_for_data = next.kind == operation_kind::read && next.is_stream;
    if (waits_for_data && (next.open_flags & O_ACCMODE) == O_WRONLY) {
      // Nothing to read will ever come: poll(2) would wait for it.
      next.result = -EBADF;
      done_here_.push_back(next);
    } else if (waits_for_data) {
      threads_->run_when_ready(next);
    } else {
      for_threads.push_back(next);
    }
  }
  const int error = threads_->run(for_threads);
  run_here(for_threads, error);
}

// Where the process may start no thread (RLIMIT_NPROC, a pids cgroup), waiting is better than
// failing: only this engine can run what a ring has returned. Not what could wait for ever, which
// fails for the same reason (an errno value).
void threads_engine::run_here(operation_queue& operations, int reason) noexcept {
  if (operations.empty()) return;
  const write_signals_blocked while_calling;
  while (!operations.empty()) {
    operation& next = take_front(operations);
    do {
      next.result = next.is_stream ? -reason : run_blocking(next);
    } while (next.kind == operation_kind::run_job && next.result == job::more);
    done_here_.push_back(next);
  }
}

void threads_engine::cancel(operation& in_engine) noexcept { threads_->cancel(in_engine); }

void threads_engine::reap(operation_queue& finished) noexcept {
  operation_queue back;
  append(back, done_here_);
  threads_->take_finished(back);
  let_go(back, finished);
}

void threads_engine::let_go(operation_queue& back, operation_queue& finished) noexcept {
  for (operation& each : back) operations_.erase(engine_list::s_iterator_to(each));
  append(finished, back);
}

bool threads_engine::watch(bool on) noexcept {
  return threads_->watch(on) || !done_here_.empty();
}

void threads_engine::drain(operation_queue& finished) noexcept {
  operation_queue back;
  append(back, done_here_);
  threads_->stop(back);
  let_go(back, finished);
}

void threads_engine::prepare_fork() noexcept { threads_->lock(); }
void threads_engine::resume_after_fork() noexcept { threads_->unlock(); }

void threads_engine::abandon(operation_queue& orphans) noexcept {
  for (operation& each : operations_) {
    threads_->leave(each);
    orphans.push_back(each);
  }
  operations_.clear();
  // Its threads do not exist in this process, so nothing of it can be joined or destroyed: it is
  // kept, where leak checkers find it. A child has one thread when it gets here.
  static worker_threads* abandoned;
  threads_->next_abandoned = abandoned;
  abandoned = threads_.release();
}

}  // namespace asiofile::detail
