// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs operations on threads, by plain system calls: everything that no kernel engine runs.
//
// An operation is in one of three parts at a time (`operation_place`): a worker runs it or will
// (`worker_pool`), its stream is waited for (`stream_poller`), or it has completed
// (`completed_list`). Their locks are held together only around a fork.
//
// Nothing runs on the thread that submits. If the system can start no worker, and none runs,
// operations end with its error (EAGAIN); if it has no descriptor or thread to wait for streams
// with, workers try these from time to time.

#include "engines/completed_list.hpp"
#include "engines/engine.hpp"
#include "engines/open_hook.hpp"
#include "engines/spin_then_park.hpp"
#include "engines/stream_poller.hpp"
#include "engines/worker_pool.hpp"
#include "system/notifier.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace asiofile {

struct service_options;

namespace detail {

class system_calls;

struct threads_engine_options {
  std::size_t thread_count_max = 4;
  // As in `service_options`.
  int interrupt_signal = 0;
  // The system whose files paths name, and a hook that is called for each file opened, or null.
  // Both must outlive the engine.
  system_calls* paths = nullptr;
  open_hook* opened = nullptr;
  // For tests.
  thread_starter start = start_thread;
};

class threads_engine final : public engine {
 public:
  // Starts threads when there is work for them. `completed` must outlive the engine.
  threads_engine(const threads_engine_options& options, notifier& completed);
  // For a service that uses the kernel's files.
  threads_engine(const service_options& options, notifier& completed, open_hook& opened);
  ~threads_engine() override;

  // Starts a worker now, to find out whether it can. Returns 0 or an errno value.
  int start_one() noexcept;

  // Has a worker run a job that is no operation of the service, and then destroys it (without
  // running it if there is no worker). For any thread. Draining the engine waits for it.
  void run_detached(operation_storage& made) noexcept;

  [[nodiscard]] backend name() const noexcept override { return backend::threads; }
  [[nodiscard]] bool accepts(const operation& candidate) const noexcept override;
  [[nodiscard]] std::size_t capacity() const noexcept override;
  void submit(engine_queue& operations) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void cancel(operation& in_engine) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void reap(engine_queue& over) noexcept override ASIOFILE_REQUIRES(engine_owner);
  bool notify(bool on) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void drain(engine_queue& over) noexcept override ASIOFILE_REQUIRES(engine_owner);
  void prepare_fork() noexcept override ASIOFILE_REQUIRES(engine_owner) ASIOFILE_NO_ANALYSIS;
  void resume_after_fork() noexcept override ASIOFILE_REQUIRES(engine_owner) ASIOFILE_NO_ANALYSIS;
  void abandon() noexcept override ASIOFILE_REQUIRES(engine_owner);

 private:
  class parts;

  std::unique_ptr<parts> parts_;
  spin_then_park for_completions_;
};

}  // namespace detail
}  // namespace asiofile
