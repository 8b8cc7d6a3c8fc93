// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs operations on a simulated file system, on its virtual clock.
//
// Every operation is due at some time. Whenever the context has run everything that was ready, the
// engine completes one operation: the one that is due first. Nothing else moves the clock.

#include "engines/engine.hpp"
#include "system/notifier.hpp"
#include "testing/memory_system.hpp"
#include "testing/waiting_job.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace asiofile::testing::detail {

using asiofile::detail::engine_owner;
using asiofile::detail::engine_queue;

class simulated_engine final : public asiofile::detail::engine, private crashing {
 public:
  // `completed` must outlive the engine.
  simulated_engine(std::shared_ptr<memory_system> system, asiofile::detail::notifier& completed);
  ~simulated_engine() override;

  [[nodiscard]] backend name() const noexcept override { return backend::simulation; }
  [[nodiscard]] bool accepts(const operation&) const noexcept override { return true; }
  [[nodiscard]] std::size_t capacity() const noexcept override;
  void submit(engine_queue& operations) noexcept ASIOFILE_REQUIRES(engine_owner) override;
  void cancel(operation& in_engine) noexcept ASIOFILE_REQUIRES(engine_owner) override;
  void reap(engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner) override;
  bool notify(bool on) noexcept ASIOFILE_REQUIRES(engine_owner) override;
  void drain(engine_queue& over) noexcept ASIOFILE_REQUIRES(engine_owner) override;
  void prepare_fork() noexcept ASIOFILE_REQUIRES(engine_owner) override;
  void resume_after_fork() noexcept ASIOFILE_REQUIRES(engine_owner) override;
  // The mutex is held already, or this is a child that was forked without `prepare_fork`, which has
  // a single thread.
  void abandon() noexcept ASIOFILE_REQUIRES(engine_owner) ASIOFILE_NO_ANALYSIS override;

 private:
  struct pending {
    operation* which = nullptr;
    // If it is a sleep, that knows itself when it has completed.
    const waiting_job* sleep = nullptr;
    // When it takes effect, between its start and its end; for a job, the time of its next step.
    nanoseconds effect_at{};
    nanoseconds over_at{};
    // Orders operations that are due at the same time.
    std::uint64_t tie = 0;
    bool has_effect = false;
    // A lock that is held by another open file. It is retried after any other event.
    bool is_blocked = false;

    [[nodiscard]] nanoseconds next_at() const noexcept ASIOFILE_REQUIRES(files_lock) {
      if (has_effect) return over_at;
      return sleep != nullptr ? sleep->due : effect_at;
    }
  };

  void crash() noexcept override ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] pending plan(operation& next) ASIOFILE_REQUIRES(files_lock);
  [[nodiscard]] bool is_idle() noexcept ASIOFILE_REQUIRES(files_lock);
  void release_one() noexcept ASIOFILE_REQUIRES(files_lock);
  void unblock() noexcept ASIOFILE_REQUIRES(files_lock);
  void take_effect(operation& its) noexcept ASIOFILE_REQUIRES(files_lock);
  std::int64_t run_released(operation& which) noexcept ASIOFILE_REQUIRES(files_lock);
  std::int64_t run(operation& which) noexcept ASIOFILE_REQUIRES(files_lock);
  void end(std::size_t index) noexcept ASIOFILE_REQUIRES(files_lock);

  const std::shared_ptr<memory_system> system_;
  asiofile::detail::notifier& completed_;
  // Guarded by the system's mutex, because of `crash`.
  std::vector<pending> pending_ ASIOFILE_GUARDED_BY(files_lock);
  engine_queue done_ ASIOFILE_GUARDED_BY(files_lock);
  // The operation that is making calls now: a crash does not touch it.
  const operation* running_ ASIOFILE_GUARDED_BY(files_lock) = nullptr;
  // The notifier was set, and the context is not known to have answered since.
  bool has_asked_ ASIOFILE_GUARDED_BY(files_lock) = false;
  unsigned visits_ ASIOFILE_GUARDED_BY(files_lock) = 0;
  static constexpr unsigned rounds_needed = 8;
  unsigned rounds_ ASIOFILE_GUARDED_BY(files_lock) = 0;
  bool is_forking_ = false;
};

}  // namespace asiofile::testing::detail
