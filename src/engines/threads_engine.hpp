#pragma once

// Runs operations on threads, by plain POSIX calls.

#include "engines/engine.hpp"
#include "system/wake_signal.hpp"

#include <cstddef>
#include <memory>

namespace asiofile::detail {

class worker_threads;

class threads_engine final : public engine {
 public:
  // Starts threads when there is work for them. `completed` must outlive the engine.
  threads_engine(std::size_t thread_count_max, wake_signal& completed);
  ~threads_engine() override;

  // Starts a thread now, to find out whether it can. Returns 0 or an errno value.
  int start_one() noexcept;

  [[nodiscard]] backend name() const noexcept override { return backend::threads; }
  [[nodiscard]] bool accepts(const operation& candidate) const noexcept override;
  [[nodiscard]] std::size_t capacity() const noexcept override;
  void submit(operation_queue& operations) noexcept override;
  void cancel(operation& in_engine) noexcept override;
  void reap(operation_queue& finished) noexcept override;
  bool watch(bool on) noexcept override;
  void drain(operation_queue& finished) noexcept override;
  void prepare_fork() noexcept override;
  void resume_after_fork() noexcept override;
  void abandon(operation_queue& orphans) noexcept override;

 private:
  void run_here(operation_queue& operations, int reason) noexcept;
  void let_go(operation_queue& back, operation_queue& finished) noexcept;

  std::unique_ptr<worker_threads> threads_;
  // All that it has. The threads' lists cannot be trusted in a copy of the process that was made without
  // `prepare_fork`: one of them may have been writing there.
  engine_list operations_;
  // Those that `submit` had to do itself, until they are reaped.
  operation_queue done_here_;
};

}  // namespace asiofile::detail
