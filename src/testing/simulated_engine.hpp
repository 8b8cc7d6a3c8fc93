#pragma once

// Runs operations on a simulated file system, on its virtual clock.
//
// Every operation is due at some time. Whenever the context has gone through what was ready, the
// engine lets one operation end: the one that is due first. Nothing else moves the clock.

#include "engines/engine.hpp"
#include "system/wake_signal.hpp"
#include "testing/memory_system.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace asiofile::testing::detail {

using asiofile::detail::operation_queue;

class simulated_engine final : public asiofile::detail::engine, private crashing {
 public:
  // `completed` must outlive the engine.
  simulated_engine(std::shared_ptr<memory_system> system, asiofile::detail::wake_signal& completed);
  ~simulated_engine() override;

  [[nodiscard]] backend name() const noexcept override { return backend::simulation; }
  [[nodiscard]] bool accepts(const operation&) const noexcept override { return true; }
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
  struct pending {
    operation* which = nullptr;
    // When it takes effect, somewhere between its start and its end; of a job, its next step.
    nanoseconds effect_at{};
    nanoseconds over_at{};
    // Decides between those of the same time.
    std::uint64_t tie = 0;
    bool has_effect = false;

    [[nodiscard]] nanoseconds next_at() const noexcept { return has_effect ? over_at : effect_at; }
  };

  void crash() noexcept override;
  [[nodiscard]] pending plan(operation& next);
  [[nodiscard]] bool is_idle() noexcept;
  void release_one() noexcept;
  void take_effect(operation& its) noexcept;
  std::int64_t run(operation& which) noexcept;
  void end(std::size_t index) noexcept;

  const std::shared_ptr<memory_system> system_;
  asiofile::detail::wake_signal& completed_;
  // Guarded by the system's mutex, because of `crash`.
  std::vector<pending> pending_;
  operation_queue done_;
  // The one that makes calls at this moment: a crash leaves it alone.
  const operation* running_ = nullptr;
  // The signal was raised and, as far as is known, nobody has come by since.
  bool has_asked_ = false;
  unsigned visits_ = 0;
  bool is_forking_ = false;
};

}  // namespace asiofile::testing::detail
