// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "engines/threads_engine.hpp"

#include "engines/operation_place.hpp"
#include "engines/operation_runner.hpp"
#include "engines/registry.hpp"
#include "system/interrupt_signal.hpp"
#include "system/system_calls.hpp"

#include <asiofile/service_options.hpp>

#include <cerrno>
#include <limits>

namespace asiofile::detail {

namespace {

// The number of a detached job, which is no operation of the service.
constexpr std::uint64_t detached_number = ~std::uint64_t{0};

}  // namespace

// The parts of the engine, in a separate object: in a forked child it is kept, because its threads
// do not exist there, and what one of them may have been changing must not be destroyed.
class threads_engine::parts final : private worker_pool::client, private stream_poller::client {
 public:
  parts(const threads_engine_options& options, notifier& completions)
      : runner(options.paths, options.opened, claim_interrupt_signal(options.interrupt_signal)),
        completed(completions),
        workers({options.thread_count_max, runner.interrupt_signal(), options.start}, *this),
        poller(*this, make_readiness(), options.start) {}

  void submit(engine_queue& operations) noexcept;
  void cancel(operation& which) noexcept;
  void end_polled(engine_queue& waiting) noexcept;

  operation_runner runner;
  completed_list completed;
  worker_pool workers;
  stream_poller poller;
  // Links the list of those that are kept.
  parts* next_kept = nullptr;

 private:
  worker_pool::outcome run(operation& next, std::uint16_t& thread_priority) noexcept override;
  void over(operation& which, std::size_t to_come) noexcept override;
  void pass_on(operation& which) noexcept override;
  bool run_here(operation& next) noexcept override;
  void tick() noexcept override { completed.announce(); }
  void ready(engine_queue& operations) noexcept override;
  [[nodiscard]] awaited_stream awaited_by(operation& which) const noexcept override {
    return operation_runner::awaited_by(which);
  }
  bool starts_to_wait(operation& next) noexcept;
  void run_one(operation& next) noexcept;
};

// ---- where operations go

void threads_engine::parts::submit(engine_queue& operations) noexcept {
  engine_queue for_workers;
  while (!operations.empty()) {
    operation& next = take_front(operations);
    next.engine_state = 0;
    if (!starts_to_wait(next)) for_workers.push_back(next);
  }
  if (!for_workers.empty()) workers.run(for_workers);
}

// A read of a stream waits first: it has been tried already, or will be when there is data. A write
// usually finds room.
bool threads_engine::parts::starts_to_wait(operation& next) noexcept {
  if (!is_stream_transfer(next) || next.kind() != operation_kind::read) return false;
  const int flags = next.facts().status_flags;
  // A descriptor that is not open for reading never becomes ready.
  return is_open_for_reading(flags) && poller.wait(next) == 0;
}

void threads_engine::parts::ready(engine_queue& operations) noexcept { workers.run(operations); }

// Slow is better than failing: a container may allow no more threads.
bool threads_engine::parts::run_here(operation& next) noexcept {
  if (runner.needs_worker(next)) return false;
  std::uint16_t unchanged = 0;
  auto how = worker_pool::outcome::again;
  while (how == worker_pool::outcome::again) how = runner.run(next, unchanged);
  return how == worker_pool::outcome::over;
}

void threads_engine::parts::run_one(operation& next) noexcept {
  engine_queue alone;
  alone.push_back(next);
  workers.run(alone);
}

// ---- on a worker

worker_pool::outcome threads_engine::parts::run(operation& next,
                                                std::uint16_t& thread_priority) noexcept {
  // The step may close the descriptor that a job has waited for.
  if (task_of(next) != nullptr) poller.release(next);
  const auto how = runner.run(next, thread_priority);
  // Released before the descriptor can be closed, if the operation has completed.
  if (how != worker_pool::outcome::passed_on) poller.release(next);
  return how;
}

// Its stream is not ready.
void threads_engine::parts::pass_on(operation& which) noexcept {
  const int error = poller.wait(which);
  if (error == 0) return;
  if (error != ECANCELED) {
    // Nothing reports when it is: a worker tries from time to time.
    poller.release(which);
    runner.rest_next_time(which);
  }
  run_one(which);
}

void threads_engine::parts::over(operation& which, std::size_t to_come) noexcept {
  if (which.number == detached_number) return which.storage().destroy();
  // An operation that was cancelled before a worker took it counts as tried.
  poller.release(which);
  completed.add(which, to_come);
}

// ---- for the owner

void threads_engine::parts::cancel(operation& which) noexcept {
  mark_cancelled(which);
  if (job* const task = task_of(which)) task->stop();
  workers.cancel(which);
  if (!poller.cancel(which)) return;
  // Operations that have something to undo run once more; the others complete now.
  run_one(which);
}

void threads_engine::parts::end_polled(engine_queue& waiting) noexcept {
  while (!waiting.empty()) {
    operation& next = take_front(waiting);
    next.result = -ECANCELED;
    completed.add(next);
  }
}

threads_engine::threads_engine(const threads_engine_options& options, notifier& completed)
    : parts_(std::make_unique<parts>(options, completed)) {}

threads_engine::threads_engine(const service_options& options, notifier& completed,
                               open_hook& opened)
    : threads_engine({.thread_count_max = options.thread_count,
                      .interrupt_signal = options.interrupt_signal,
                      .paths = kernel_calls().get(),
                      .opened = &opened},
                     completed) {}

threads_engine::~threads_engine() = default;

int threads_engine::start_one() noexcept { return parts_->workers.start_one(); }

void threads_engine::run_detached(operation_storage& made) noexcept {
  operation& next = operation::in(made);
  next.number = detached_number;
  next.engine_state = 0;
  engine_queue alone;
  alone.push_back(next);
  parts_->workers.run(alone);
}

bool threads_engine::accepts(const operation& candidate) const noexcept {
  return candidate.kind() != operation_kind::wait;
}

std::size_t threads_engine::capacity() const noexcept {
  return std::numeric_limits<std::size_t>::max();
}

void threads_engine::submit(engine_queue& operations) noexcept { parts_->submit(operations); }
void threads_engine::cancel(operation& in_engine) noexcept { parts_->cancel(in_engine); }
void threads_engine::reap(engine_queue& over) noexcept { parts_->completed.take(over); }

bool threads_engine::notify(bool on) noexcept {
  if (on && !parts_->completed.has_some() && parts_->workers.has_quick())
    for_completions_.spin_until([this] { return parts_->completed.has_some(); });
  return parts_->completed.notify(on);
}

void threads_engine::drain(engine_queue& over) noexcept {
  engine_queue waiting;
  parts_->poller.stop(waiting);
  parts_->end_polled(waiting);
  parts_->workers.stop();
  parts_->completed.take(over);
}

// ---- fork

// Locks in the order in which the parts call one another.
void threads_engine::prepare_fork() noexcept {
  parts_->workers.lock();
  parts_->poller.lock();
  parts_->completed.lock();
}

void threads_engine::resume_after_fork() noexcept {
  parts_->completed.unlock();
  parts_->poller.unlock();
  parts_->workers.unlock();
}

void threads_engine::abandon() noexcept {
  parts_->poller.abandon();
  // Static, so that leak checkers find it. A child has one thread when it gets here.
  static parts* kept;
  parts_->next_kept = kept;
  kept = parts_.release();
}

}  // namespace asiofile::detail
